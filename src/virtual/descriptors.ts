import { bytes, le16, nothing } from "./bytes.js";

export type UsbSpeed = "high" | "super";

/** What the device tells of itself at enumeration. */
export interface UsbIdentity {
  readonly vendorId: number;
  readonly productId: number;
  /** Binary-coded decimal: 0100h is 1.00. */
  readonly deviceVersion: number;
  readonly manufacturer: string;
  readonly product: string;
  readonly serial: string;
}

export const BULK_IN_ENDPOINT = 0x81;
export const BULK_OUT_ENDPOINT = 0x02;
export const CONFIGURATION_VALUE = 1;

const DEVICE = 1;
const CONFIGURATION = 2;
const STRING = 3;
const DEVICE_QUALIFIER = 6;
const OTHER_SPEED_CONFIGURATION = 7;
const BOS = 15;

const US_ENGLISH = 0x0409;

export const maxPacketBytes = (speed: UsbSpeed): number => (speed === "super" ? 1024 : 512);

/** A descriptor as GET_DESCRIPTOR returns it, uncut; nothing where the device has none. */
export function descriptor(
  type: number,
  index: number,
  speed: UsbSpeed,
  identity: UsbIdentity,
): Uint8Array | undefined {
  switch (type) {
    case DEVICE:
      return deviceDescriptor(speed, identity);
    case CONFIGURATION:
      return index === 0 ? configuration(CONFIGURATION, speed) : undefined;
    case STRING:
      return stringDescriptor(index, identity);
    // The other speed of a high-speed device is full speed; a SuperSpeed one has none (USB 3.2 9.6).
    case DEVICE_QUALIFIER:
      return speed === "high" ? deviceQualifier() : undefined;
    case OTHER_SPEED_CONFIGURATION:
      return speed === "high" ? configuration(OTHER_SPEED_CONFIGURATION, "full") : undefined;
    case BOS:
      return speed === "super" ? binaryObjectStore() : undefined;
    default:
      return undefined;
  }
}

/** USB 2.0 table 9-8; a SuperSpeed device gives the size of EP0's packets as a power of two. */
function deviceDescriptor(speed: UsbSpeed, identity: UsbIdentity): Uint8Array {
  return bytes(
    [18, DEVICE],
    le16(speed === "super" ? 0x0300 : 0x0200),
    [0x00, 0x00, 0x00], // class, subclass and protocol are the interface's
    speed === "super" ? 9 : 64,
    le16(identity.vendorId),
    le16(identity.productId),
    le16(identity.deviceVersion),
    [1, 2, 3], // strings: manufacturer, product, serial number
    1,
  );
}

/** One interface of mass storage, SCSI transparent, Bulk-Only (4.3 of the transport, 1.0). */
function configuration(type: number, speed: UsbSpeed | "full"): Uint8Array {
  const iface = bytes([9, 4, 0, 0, 2, 0x08, 0x06, 0x50, 0]);
  const endpoints = bytes(endpoint(BULK_IN_ENDPOINT, speed), endpoint(BULK_OUT_ENDPOINT, speed));
  const selfPowered = 0xc0;
  return bytes(
    [9, type],
    le16(9 + iface.length + endpoints.length),
    [1, CONFIGURATION_VALUE, 0, selfPowered, 0],
    iface,
    endpoints,
  );
}

function endpoint(address: number, speed: UsbSpeed | "full"): Uint8Array {
  const bulk = 0x02;
  const packet = speed === "full" ? 64 : maxPacketBytes(speed);
  const maxBurst = 15;
  const companion = speed === "super" ? [6, 0x30, maxBurst, 0, 0, 0] : nothing;
  return bytes([7, 5, address, bulk], le16(packet), 0, companion);
}

function stringDescriptor(index: number, identity: UsbIdentity): Uint8Array | undefined {
  if (index === 0) return bytes([4, STRING], le16(US_ENGLISH));
  const text = [identity.manufacturer, identity.product, identity.serial][index - 1];
  if (text === undefined) return undefined;
  const units = Array.from({ length: Math.min(text.length, 126) }, (_, at) => text.charCodeAt(at));
  return bytes([2 + 2 * units.length, STRING], ...units.map(le16));
}

const deviceQualifier = () => bytes([10, DEVICE_QUALIFIER], le16(0x0200), [0, 0, 0, 64, 1, 0]);

/** The capabilities every SuperSpeed device has: USB 2.0 extension (LPM) and SuperSpeed. */
function binaryObjectStore(): Uint8Array {
  const usb2Extension = [7, 16, 2, 0x02, 0, 0, 0];
  const highAndSuper = 0x000c;
  const worksFromHighSpeedOn = 2;
  const superSpeed = [
    10,
    16,
    3,
    0,
    ...le16(highAndSuper),
    worksFromHighSpeedOn,
    10,
    ...le16(0x7ff),
  ];
  return bytes([5, BOS], le16(5 + 7 + 10), 2, usb2Extension, superSpeed);
}
