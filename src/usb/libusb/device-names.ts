import type { SysfsDevice } from "./linux-sysfs.js";
import type { Libusb, LibusbDevice } from "./native.js";
import { controlPipe, setupLength, setupPacket } from "./setup-packet.js";
import { TransferQueue } from "./transfer-queue.js";

/** GET_DESCRIPTOR of a string, in US English, which every device with strings has (USB 2.0, 9.6.7). */
const stringRequest = { requestType: 0x80, request: 0x06, index: 0x0409, length: 255 };
const stringTimeoutMs = 1_000;

/** The names that a device gives itself; none where it may not be opened, or does not answer. */
export async function askNames(libusb: Libusb, device: LibusbDevice): Promise<SysfsDevice> {
  const wasOpen = device.interfaces !== undefined;
  try {
    if (!wasOpen) device.open(false);
  } catch {
    return { speed: "unknown" };
  }
  const transfers = new TransferQueue(libusb, device);
  const { iManufacturer, iProduct, iSerialNumber } = device.deviceDescriptor;
  const manufacturerName = await readString(transfers, iManufacturer);
  const productName = await readString(transfers, iProduct);
  const serialNumber = await readString(transfers, iSerialNumber);
  try {
    if (!wasOpen) device.close();
  } catch {
    // It has a transfer that never came back: such a device stays open, but it is listed.
  }
  return {
    speed: "unknown",
    ...(manufacturerName !== undefined && { manufacturerName }),
    ...(productName !== undefined && { productName }),
    ...(serialNumber !== undefined && { serialNumber }),
  };
}

async function readString(transfers: TransferQueue, index: number): Promise<string | undefined> {
  if (index === 0) return undefined;
  const buffer = setupPacket({ ...stringRequest, value: 0x0300 | index });
  try {
    const options = { timeoutMs: stringTimeoutMs };
    const { status, bytesTransferred } = await transfers.run(controlPipe, buffer, options);
    if (status !== "ok") return undefined;
    // Two bytes of header, then UTF-16.
    const text = buffer.subarray(setupLength + 2, setupLength + bytesTransferred);
    return new TextDecoder("utf-16le").decode(text);
  } catch {
    return undefined;
  }
}
