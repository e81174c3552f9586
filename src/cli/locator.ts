import { parseUsbIpDevice, type UsbIpAddress } from "../usb/usbip/address.js";
import { UsageError } from "./errors.js";

/** Which drive a command is for: `usb:<what>`, `usbip://host[:port]/<busid>` or `virtual:<file.iso>`. */
export type DriveLocator =
  | { readonly kind: "usb"; readonly device: string }
  | { readonly kind: "usbip"; readonly address: UsbIpAddress }
  | { readonly kind: "virtual"; readonly path: string };

export function parseLocator(text: string): DriveLocator {
  const [, kind, rest = ""] = /^(\w+):(.+)$/.exec(text) ?? [];
  if (kind === "usb") return { kind, device: rest };
  const address = kind === "usbip" ? parseUsbIpDevice(rest.replace(/^\/\//, "")) : undefined;
  if (address !== undefined) return { kind: "usbip", address };
  if (kind === "virtual") return { kind, path: rest };
  throw new UsageError(
    `'${text}' names no drive. Use usb:<bus-port>, usb:<serial>, usb:<vid:pid>, ` +
      `usbip://<host>[:<port>]/<busid> or virtual:<file.iso>; 'usb-dvd list' shows what there is.`,
  );
}
