import { UsageError } from "./errors.js";

/** Which drive a command is for: `usb:<what>` or `virtual:<file.iso>`. */
export type DriveLocator =
  | { readonly kind: "usb"; readonly device: string }
  | { readonly kind: "virtual"; readonly path: string };

export function parseLocator(text: string): DriveLocator {
  const [, kind, rest = ""] = /^(\w+):(.+)$/.exec(text) ?? [];
  if (kind === "usb") return { kind, device: rest };
  if (kind === "virtual") return { kind, path: rest };
  throw new UsageError(
    `'${text}' names no drive. Use usb:<bus-port>, usb:<serial>, usb:<vid:pid> or ` +
      `virtual:<file.iso>; 'usb-dvd list' shows what there is.`,
  );
}
