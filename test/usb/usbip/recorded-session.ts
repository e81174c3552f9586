import { inquiry } from "../../../src/scsi/inquiry.js";
import { LogicalUnit } from "../../../src/scsi/logical-unit.js";
import { BulkOnlyTransport } from "../../../src/transport/bulk-only-transport.js";
import { read10 } from "../../../src/scsi/read.js";
import { openUsbIp, type UsbIpAddress } from "../../../src/usb/usbip/index.js";

export interface RecordedSession {
  readonly productName: string | undefined;
  readonly vendorId: string;
  /** The block with the volume descriptor. */
  readonly volume: Uint8Array;
}

/**
 * What our client was recorded saying to Linux's `usbipd`, and says again when it is played back: it
 * opens a device, asks who it is, reads a block, takes a transfer back, and resets the device.
 */
export async function runSession(address: UsbIpAddress): Promise<RecordedSession> {
  const connection = await openUsbIp(address);
  const { productName } = connection.info;
  const transport = await BulkOnlyTransport.open(connection);
  const unit = new LogicalUnit(transport);
  try {
    const { vendorId } = await unit.execute(inquiry());
    const volume = (await unit.execute(read10(16, 1))).slice();
    const tooLittle = AbortSignal.timeout(100);
    await connection.transferIn(13, { signal: tooLittle }).catch(() => undefined);
    await connection.reset();
    return { productName, vendorId, volume };
  } finally {
    await transport.close();
  }
}
