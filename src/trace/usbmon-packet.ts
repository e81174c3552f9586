import { usualPipes } from "./trace.js";
import type { TransferEvent } from "./transfer-event.js";

/** Linux's usbmon with a header of 64 bytes, Documentation/usb/usbmon.rst. */
export const usbmonLinkType = 220;
const headerLength = 64;
const transferTypes = { control: 2, in: 3, out: 3 } as const;

/** Linux's errno of how a transfer stands or has ended. */
const statuses = { submitted: -115, ok: 0, stall: -32, babble: -75, failed: -108 } as const;

/** Which device the packets are of. */
export interface UsbmonPlace {
  readonly bus: number;
  readonly device: number;
  readonly bulkIn: number;
  readonly bulkOut: number;
}

/** Where nothing is known of the place. */
export const unknownPlace: UsbmonPlace = {
  bus: 1,
  device: 2,
  bulkIn: usualPipes.bulkIn,
  bulkOut: usualPipes.bulkOut,
};

/** A packet of LINKTYPE_USB_LINUX_MMAPPED, with no more than `longest` bytes of data. */
export function usbmonPacket(
  event: TransferEvent,
  { bus, device, bulkIn, bulkOut }: UsbmonPlace,
  longest = Infinity,
): Uint8Array {
  const { step, pipe, setup, id, at } = event;
  const data = event.data?.subarray(0, longest) ?? new Uint8Array(0);
  const isIn = pipe === "in" || (pipe === "control" && ((setup?.[0] ?? 0) & 0x80) !== 0);
  const endpoint = pipe === "in" ? bulkIn : pipe === "out" ? bulkOut : isIn ? 0x80 : 0;
  const packet = new Uint8Array(headerLength + data.length);
  const view = new DataView(packet.buffer);
  view.setBigUint64(0, BigInt(id), true);
  view.setUint8(8, (step === "submitted" ? "S" : "C").charCodeAt(0));
  view.setUint8(9, transferTypes[pipe]);
  view.setUint8(10, endpoint);
  view.setUint8(11, device);
  view.setUint16(12, bus, true);
  const hasSetup = setup !== undefined && step === "submitted";
  view.setUint8(14, hasSetup ? 0 : "-".charCodeAt(0));
  view.setUint8(15, data.length > 0 ? 0 : (isIn ? "<" : ">").charCodeAt(0));
  const seconds = Math.floor(at / 1000);
  view.setBigInt64(16, BigInt(seconds), true);
  view.setInt32(24, Math.floor((at - seconds * 1000) * 1000), true);
  view.setInt32(28, statuses[step === "submitted" ? "submitted" : (event.outcome ?? "ok")], true);
  view.setUint32(32, event.length, true);
  view.setUint32(36, data.length, true);
  if (hasSetup) packet.set(setup, 40);
  packet.set(data, headerLength);
  return packet;
}
