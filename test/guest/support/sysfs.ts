import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

import { until } from "./until.js";

const usbDevices = "/sys/bus/usb/devices";

export interface UsbIds {
  readonly vendorId: number;
  readonly productId: number;
}

/** Where the device with these numbers is plugged in, for instance `3-1`, or undefined. */
export function usbLocation({ vendorId, productId }: UsbIds): string | undefined {
  return readdirSync(usbDevices).find(
    (name) =>
      usbAttribute(name, "idVendor") === hex4(vendorId) &&
      usbAttribute(name, "idProduct") === hex4(productId),
  );
}

/** What the kernel says of a USB device, for instance its `speed` in Mb/s or its `serial`. */
export function usbAttribute(location: string, attribute: string): string | undefined {
  try {
    return readFileSync(join(usbDevices, location, attribute), "utf8").trim();
  } catch (error) {
    // The device has no such attribute, or was unplugged a moment ago.
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The kernel driver that is bound to the device's first interface, or undefined. */
export function interfaceDriver(location: string): string | undefined {
  return basenameIfAny(join(usbDevices, `${location}:1.0`, "driver"));
}

/** Waits until the kernel has given the device a disc drive, and returns that: `/dev/sr0`. */
export async function discDevice(location: string): Promise<string> {
  return until(`/dev/sr* for USB device ${location}`, () => nodeOf(location, "block", "sr"));
}

/** Waits until the kernel has given the device a generic SCSI node: `/dev/sg0`. */
export async function genericDevice(location: string): Promise<string> {
  return until(`/dev/sg* for USB device ${location}`, () => nodeOf(location, "scsi_generic", "sg"));
}

function nodeOf(location: string, deviceClass: string, prefix: string): string | undefined {
  const folder = join("/sys/class", deviceClass);
  const name = readdirSync(folder).find(
    (entry) =>
      entry.startsWith(prefix) && realpathIfAny(join(folder, entry)).includes(`/${location}:1.0/`),
  );
  return name !== undefined && existsSync(join("/dev", name)) ? join("/dev", name) : undefined;
}

function basenameIfAny(path: string): string | undefined {
  const real = realpathIfAny(path);
  return real === "" ? undefined : basename(real);
}

/** Where a link of sysfs leads. It may be gone between any two looks at it, so there is only one. */
function realpathIfAny(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function hex4(number: number): string {
  return number.toString(16).padStart(4, "0");
}
