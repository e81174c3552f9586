import type { UsbDeviceInfo } from "../connection.js";
import { UsbDisconnectedError, UsbIpProtocolError } from "../errors.js";
import { formatUsbIpServer, type UsbIpServerAddress } from "./address.js";
import type { MessageSocket } from "./message-socket.js";
import {
  deviceDescription,
  operationHeader,
  protocolVersion,
  replyCode,
  speedOf,
} from "./protocol.js";

/** A server that closed the connection in the middle, or did not go on. */
export const serverEnded = (cause?: Error): UsbDisconnectedError =>
  new UsbDisconnectedError("The USB/IP server", {
    problem:
      "it closed the connection or did not answer. It may be of another version, or may not let you in.",
    cause,
  });

/**
 * Sends an operation's request, and returns the `status` of the reply, whose body is still to be read.
 *
 * @throws UsbIpProtocolError, UsbDisconnectedError
 */
export async function requestOperation(
  socket: MessageSocket,
  code: number,
  body = new Uint8Array(0),
): Promise<number> {
  socket.write(operationHeader.pack({ version: protocolVersion, code }), body);
  const reply = operationHeader.unpack(
    await socket.receive(operationHeader.length, serverEnded),
    "USB/IP reply",
  );
  if (reply.version !== protocolVersion || reply.code !== replyCode(code)) {
    throw new UsbIpProtocolError(
      "What answers is no USB/IP server of version 1.1.1. Check the address and the port.",
    );
  }
  return reply.status;
}

/** As messages and `--drive` have it: `usbip://host/1-1`. */
export function deviceLocation(server: UsbIpServerAddress, busId: string): string {
  return `usbip://${formatUsbIpServer(server)}/${busId}`;
}

/** What a server tells of a device. */
export interface RemoteDevice {
  readonly info: UsbDeviceInfo;
  readonly busId: string;
  readonly busNumber: number;
  readonly deviceNumber: number;
  readonly interfaceCount: number;
}

export function readDescription(data: Uint8Array, server: UsbIpServerAddress): RemoteDevice {
  const { busId: name, speed, ...fields } = deviceDescription.unpack(data, "USB/IP device");
  const { vendorId, productId, busNumber, deviceNumber, interfaceCount } = fields;
  const end = name.indexOf(0);
  const busId = String.fromCharCode(...name.subarray(0, end < 0 ? name.length : end));
  const location = deviceLocation(server, busId);
  const info = { vendorId, productId, location, speed: speedOf(speed) };
  return { info, busId, busNumber, deviceNumber, interfaceCount };
}
