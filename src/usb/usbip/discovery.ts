import type { UsbConnection, UsbDeviceInfo } from "../connection.js";
import { bulkOnlyProtocol, massStorageClass } from "../descriptors.js";
import { UsbIpProtocolError } from "../errors.js";
import type { UsbIpServerAddress } from "./address.js";
import { MessageSocket } from "./message-socket.js";
import { openUsbIp } from "./open.js";
import { readDescription, requestOperation, serverEnded } from "./operations.js";
import { deviceDescription, interfaceDescription, operation } from "./protocol.js";

/** More devices than 16 buses of USB can have. */
const mostDevices = 2048;

/** A device of a server's that speaks Bulk-Only Transport, and may be an optical drive. */
export interface UsbIpCandidate {
  readonly info: UsbDeviceInfo;
  open(): Promise<UsbConnection>;
}

/**
 * The drives that a USB/IP server has to give. Servers leave out those in use.
 *
 * @throws UsbUnavailableError where none answers; UsbIpProtocolError, UsbDisconnectedError
 */
export async function listUsbIpDrives(server: UsbIpServerAddress): Promise<UsbIpCandidate[]> {
  const socket = await MessageSocket.connect(server);
  try {
    await requestOperation(socket, operation.listDevices);
    const count = new DataView((await socket.receive(4, serverEnded)).buffer).getUint32(0);
    if (count > mostDevices) {
      throw new UsbIpProtocolError(`The USB/IP server claims to have ${count} devices.`);
    }
    const drives: UsbIpCandidate[] = [];
    for (let index = 0; index < count; index++) {
      const device = readDescription(
        await socket.receive(deviceDescription.length, serverEnded),
        server,
      );
      const { info, busId, interfaceCount } = device;
      // A device that no driver has is not configured, and has no interfaces to tell of.
      if (interfaceCount > 0) {
        const length = interfaceCount * interfaceDescription.length;
        if (!hasBulkOnly(await socket.receive(length, serverEnded))) continue;
      }
      drives.push({ info, open: () => openUsbIp({ ...server, busId }) });
    }
    return drives;
  } finally {
    socket.destroy();
  }
}

function hasBulkOnly(interfaces: Uint8Array): boolean {
  for (let at = 0; at < interfaces.length; at += interfaceDescription.length) {
    const fields = interfaceDescription.unpack(interfaces, "USB/IP interface", at);
    const { interfaceClass, interfaceProtocol } = fields;
    if (interfaceClass === massStorageClass && interfaceProtocol === bulkOnlyProtocol) return true;
  }
  return false;
}
