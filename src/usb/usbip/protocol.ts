import { bits, bytes, layout } from "../../layout.js";
import type { UsbSpeed } from "../connection.js";

/*
 * USB/IP as a client speaks it: Linux, Documentation/usb/usbip_protocol.rst. Numbers are big-endian;
 * a setup packet travels as on the bus.
 */

export const protocolVersion = 0x0111;
export const operation = { listDevices: 0x8005, import: 0x8003 } as const;
/** A reply has its request's code without the highest bit. */
export const replyCode = (code: number): number => code & 0x7fff;
/** `status` of an operation's reply (tools/usb/usbip/libsrc/usbip_common.h). */
export const operationStatus = { ok: 0, notAvailable: 1, busy: 2, noDevice: 4 } as const;

export const operationHeader = layout(8, {
  version: bits(0, 0xffff),
  code: bits(2, 0xffff),
  status: bits(4, 0xffff_ffff),
});

/** The rest of OP_REQ_IMPORT. */
export const busIdLength = 32;

/** struct usbip_usb_device. */
export const deviceDescription = layout(312, {
  busId: bytes(256, busIdLength),
  busNumber: bits(288, 0xffff_ffff),
  deviceNumber: bits(292, 0xffff_ffff),
  speed: bits(296, 0xffff_ffff),
  vendorId: bits(300, 0xffff),
  productId: bits(302, 0xffff),
  interfaceCount: bits(311, 0xff),
});

/** struct usbip_usb_interface: one for each of a device's, in OP_REP_DEVLIST only. */
export const interfaceDescription = layout(4, {
  interfaceClass: bits(0, 0xff),
  interfaceProtocol: bits(2, 0xff),
});

/** enum usb_device_speed of Linux. */
const speeds: readonly UsbSpeed[] = [
  "unknown",
  "low",
  "full",
  "high",
  "unknown",
  "super",
  "super-plus",
];
export const speedOf = (code: number): UsbSpeed => speeds[code] ?? "unknown";

export const urbCommand = { submit: 1, unlink: 2, submitted: 3, unlinked: 4 } as const;

/** USBIP_CMD_SUBMIT. */
export const submitRequest = layout(48, {
  command: bits(0, 0xffff_ffff),
  sequence: bits(4, 0xffff_ffff),
  deviceId: bits(8, 0xffff_ffff),
  direction: bits(12, 0xffff_ffff),
  endpoint: bits(16, 0xffff_ffff),
  transferFlags: bits(20, 0xffff_ffff),
  transferLength: bits(24, 0xffff_ffff),
  setup: bytes(40, 8),
});

/** `transferFlags`, as Linux's own client sets them (include/linux/usb.h). */
export const transferFlags = {
  directionIn: 0x0200,
  /** Has the server take memory a page at a time, of which there is always enough. */
  scatterGather: 0x4_0000,
} as const;

/** USBIP_CMD_UNLINK. */
export const unlinkRequest = layout(48, {
  command: bits(0, 0xffff_ffff),
  sequence: bits(4, 0xffff_ffff),
  deviceId: bits(8, 0xffff_ffff),
  target: bits(20, 0xffff_ffff),
});

/** USBIP_RET_SUBMIT and USBIP_RET_UNLINK. */
export const urbReply = layout(48, {
  command: bits(0, 0xffff_ffff),
  sequence: bits(4, 0xffff_ffff),
  status: bits(20, 0xffff_ffff),
  actualLength: bits(24, 0xffff_ffff),
});

/** `status` of a transfer: a negative errno of Linux. */
export const urbStatus = {
  ok: 0,
  noDevice: -19,
  stall: -32,
  overflow: -75,
  shutDown: -108,
  /** Less came than was asked for, which is no error of ours. */
  short: -121,
} as const;

export const signed = (word: number): number => word | 0;
