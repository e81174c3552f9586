import { transferType } from "./native.js";
import type { Pipe } from "./transfer-queue.js";

/** The default control pipe, endpoint 0. */
export const controlPipe: Pipe = {
  name: "The control transfer",
  address: 0,
  type: transferType.control,
};

/** The length of a setup packet, in bytes; libusb has the data follow it in the same buffer. */
export const setupLength = 8;

/** The fields of a setup packet (USB 2.0, 9.3). */
export interface Setup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  /** How many bytes of data follow, or may be sent back. */
  readonly length: number;
}

/** A control transfer's buffer: the setup packet, and room for the data behind it. */
export function setupPacket(setup: Setup): Uint8Array {
  const packet = new Uint8Array(setupLength + setup.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, setup.requestType);
  view.setUint8(1, setup.request);
  view.setUint16(2, setup.value, true);
  view.setUint16(4, setup.index, true);
  view.setUint16(6, setup.length, true);
  return packet;
}
