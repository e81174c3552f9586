import type { BulkOnlyInterface } from "../descriptors.js";
import { isNusbDevice, type WebUsbDevice } from "./device.js";

/** Claims the interface and selects its setting. */
export async function claimBulkOnly(
  device: WebUsbDevice,
  bulkOnly: BulkOnlyInterface,
): Promise<void> {
  await device.claimInterface(bulkOnly.interfaceNumber);
  // A device of one setting may stall a request to select it (USB 2.0, 9.4.10).
  if (bulkOnly.hasAlternates) {
    await device.selectAlternateInterface(bulkOnly.interfaceNumber, bulkOnly.alternateSetting);
  }
}

/**
 * Takes the kernel's driver off the interface, and tells whether there was one. Every `USBDevice` but
 * npm `usb` 3's does so by itself.
 */
export async function detachKernelDriver(
  device: WebUsbDevice,
  interfaceNumber: number,
): Promise<boolean> {
  if (!isNusbDevice(device)) return false;
  try {
    await device.detachKernelDriver(interfaceNumber);
    return true;
  } catch {
    // None had it, or this system has none: whether the interface is free is for the claim to tell.
    return false;
  }
}
