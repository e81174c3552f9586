import { ascii, be16, be32, bytes, readBe16, readBe32, readLe16, zeros } from "../bytes.js";
import type { SetupPacket } from "../control-endpoint.js";
import type { UsbIdentity, UsbSpeed } from "../descriptors.js";

/*
 * The USB/IP protocol as a server sees it (Linux, Documentation/usb/usbip_protocol.rst): integers are
 * big-endian, except in setup packets, which travel as they do on the bus.
 */

/** USBIP_VERSION: version 1.1.1, binary-coded. */
export const PROTOCOL_VERSION = 0x0111;

/** The code of an operation's request; its reply's is the same without the highest bit. */
export const operations = { devlist: 0x8005, import: 0x8003 } as const;

/** `status` of an operation's reply (Linux, tools/usb/usbip/libsrc/usbip_common.h, ST_*). */
export const operationStatus = { ok: 0, busy: 2, noDevice: 4, error: 5 } as const;

/** `command` of the messages that follow an import. */
const commands = { submit: 1, unlink: 2, submitted: 3, unlinked: 4 } as const;

/** `status` of an answer: 0, or the errno of Linux by which a URB of its own would end. */
export const urbStatus = {
  ok: 0,
  noEntry: -2,
  outOfMemory: -12,
  stall: -32,
  babble: -75,
  tooLong: -90,
  cancelled: -104,
  deviceGone: -108,
} as const;

export const OPERATION_HEADER_BYTES = 8;
export const BUS_ID_BYTES = 32;
export const URB_HEADER_BYTES = 48;

const PATH_BYTES = 256;
const speedCodes: Readonly<Record<UsbSpeed, number>> = { high: 3, super: 5 };

/** What clients are told of a device, where it is said to be plugged in. */
export interface DeviceDescription {
  readonly busId: string;
  readonly busNumber: number;
  readonly deviceNumber: number;
  readonly speed: UsbSpeed;
  readonly identity: UsbIdentity;
  readonly configured: boolean;
}

export interface OperationHeader {
  readonly version: number;
  readonly code: number;
}

/** OP_REQ_*: `version(2) code(2) status(4)`, the last one unused. */
export function readOperationHeader(data: Uint8Array): OperationHeader {
  return { version: readBe16(data, 0), code: readBe16(data, 2) };
}

/** OP_REQ_IMPORT goes on with a bus id in 32 bytes, ended by a zero. */
export function readBusId(data: Uint8Array): string {
  const end = data.indexOf(0);
  return String.fromCharCode(...data.subarray(0, end < 0 ? data.length : end));
}

/** OP_REP_*: the header, and no more of it where `status` is not `ok`. */
export function operationReply(requestCode: number, status: number): Uint8Array {
  return bytes(be16(PROTOCOL_VERSION), be16(requestCode & 0x7fff), be32(status));
}

/** OP_REP_DEVLIST: the number of devices, and each with its interface. */
export function deviceListReply(devices: readonly DeviceDescription[]): Uint8Array {
  const massStorage = [0x08, 0x06, 0x50, 0];
  return bytes(
    operationReply(operations.devlist, operationStatus.ok),
    be32(devices.length),
    ...devices.flatMap((device) => [describe(device), massStorage]),
  );
}

/** OP_REP_IMPORT: the device, without its interfaces. */
export function importReply(device: DeviceDescription): Uint8Array {
  return bytes(operationReply(operations.import, operationStatus.ok), describe(device));
}

function describe(device: DeviceDescription): Uint8Array {
  const { busId, busNumber, deviceNumber, speed, identity, configured } = device;
  return bytes(
    padded(`/sys/devices/virtual/usb${busNumber}/${busId}`, PATH_BYTES),
    padded(busId, BUS_ID_BYTES),
    be32(busNumber),
    be32(deviceNumber),
    be32(speedCodes[speed]),
    be16(identity.vendorId),
    be16(identity.productId),
    be16(identity.deviceVersion),
    [0, 0, 0], // class, subclass and protocol are the interface's
    configured ? 1 : 0, // bConfigurationValue
    1, // bNumConfigurations
    1, // bNumInterfaces
  );
}

const padded = (text: string, length: number) =>
  bytes(ascii(text), zeros(Math.max(0, length - text.length)));

/** USBIP_CMD_SUBMIT, without the data to the device that may follow. */
export interface SubmitRequest {
  readonly kind: "submit";
  readonly sequence: number;
  /** The bus number in the upper half, the device number in the lower. */
  readonly deviceId: number;
  readonly toHost: boolean;
  /** The endpoint's number, without a direction. */
  readonly endpoint: number;
  readonly transferLength: number;
  /** Of an isochronous transfer; 0 or ffffffffh for any other. */
  readonly isochronousPackets: number;
  readonly setup: SetupPacket;
}

/** USBIP_CMD_UNLINK: takes a transfer back. */
export interface UnlinkRequest {
  readonly kind: "unlink";
  readonly sequence: number;
  readonly deviceId: number;
  /** The `sequence` of the transfer. */
  readonly target: number;
}

/** The request in these 48 bytes; undefined where they hold none. */
export function readUrbRequest(data: Uint8Array): SubmitRequest | UnlinkRequest | undefined {
  const sequence = readBe32(data, 4);
  const deviceId = readBe32(data, 8);
  switch (readBe32(data, 0)) {
    case commands.submit: {
      const direction = readBe32(data, 12);
      if (direction > 1) return undefined;
      return {
        kind: "submit",
        sequence,
        deviceId,
        toHost: direction === 1,
        endpoint: readBe32(data, 16),
        transferLength: readBe32(data, 24),
        isochronousPackets: readBe32(data, 32),
        setup: readSetupPacket(data.subarray(40, 48)),
      };
    }
    case commands.unlink:
      return { kind: "unlink", sequence, deviceId, target: readBe32(data, 20) };
    default:
      return undefined;
  }
}

function readSetupPacket(data: Uint8Array): SetupPacket {
  const [requestType = 0, request = 0] = data;
  const [value, index, length] = [readLe16(data, 2), readLe16(data, 4), readLe16(data, 6)];
  return { requestType, request, value, index, length };
}

/** USBIP_RET_SUBMIT, without the data to the host that follows. */
export function submittedHeader(sequence: number, status: number, length: number): Uint8Array {
  return urbHeader(commands.submitted, sequence, status, length);
}

/** USBIP_RET_UNLINK: `cancelled` where the transfer was still waiting, `ok` where it had ended. */
export function unlinkedHeader(sequence: number, status: number): Uint8Array {
  return urbHeader(commands.unlinked, sequence, status, 0);
}

/** An answer names neither device nor endpoint: its sequence number says what it answers. */
function urbHeader(command: number, sequence: number, status: number, length: number): Uint8Array {
  return bytes(
    be32(command),
    be32(sequence),
    zeros(12),
    be32(status),
    be32(length),
    zeros(URB_HEADER_BYTES - 28),
  );
}
