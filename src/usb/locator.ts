import type { UsbDeviceInfo } from "./connection.js";

/** `vid:pid`, in lower-case hexadecimal as `lsusb` prints it. */
export function formatIds(info: Pick<UsbDeviceInfo, "vendorId" | "productId">): string {
  return `${hex4(info.vendorId)}:${hex4(info.productId)}`;
}

/** A device as messages name it: `ACME DVD (0e8d:1836 at 2-1.4)`. */
export function describeDevice(info: UsbDeviceInfo): string {
  const names = [info.manufacturerName, info.productName].filter((name) => name !== undefined);
  const name = names.length > 0 ? names.join(" ") : "The USB drive";
  return `${name} (${formatIds(info)} at ${info.location})`;
}

/**
 * Whether `text` means this device: its location (`2-1.4`), its serial number, or its vendor and
 * product number (`0e8d:1836`, either case).
 */
export function matchesLocator(info: UsbDeviceInfo, text: string): boolean {
  return (
    text === info.location ||
    (info.serialNumber !== undefined && text !== "" && text === info.serialNumber) ||
    text.toLowerCase() === formatIds(info)
  );
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
