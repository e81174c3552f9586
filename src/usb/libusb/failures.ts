import {
  UsbAccessError,
  UsbBusyError,
  UsbDisconnectedError,
  UsbTransferError,
  type UsbError,
} from "../errors.js";
import type { UsbDeviceInfo } from "../connection.js";
import { describeDevice, formatIds } from "../locator.js";
import { libusbError, transferStatus } from "./native.js";

/** What a failed transfer or request is to its caller. `what` begins a sentence. */
export function transferFailure(what: string, error: unknown): UsbError {
  if (deviceHasGone(error)) return new UsbDisconnectedError(what, { cause: error });
  return new UsbTransferError(
    `${what} failed (${messageOf(error)}). Try again; if it stays so, try another port or cable.`,
    { cause: error },
  );
}

/** What a failure to open or to claim a device is, and what can be done on this system. */
export function openFailure(
  error: unknown,
  info: UsbDeviceInfo,
  platform: NodeJS.Platform,
): UsbError {
  const what = describeDevice(info);
  const errno = errnoOf(error);
  if (errno === libusbError.busy) {
    return new UsbBusyError(
      `${what} is in use by another program or driver. Unmount its disc, close what uses it, ` +
        `and try again.`,
      { cause: error },
    );
  }
  if (errno === libusbError.access || (platform === "win32" && lacksWinUsb(errno))) {
    return new UsbAccessError(`${what} may not be opened. ${accessAdvice(info, platform)}`, {
      cause: error,
    });
  }
  return transferFailure(`Opening ${what}`, error);
}

/** Whether an error means that the device is no longer there. */
export function deviceHasGone(error: unknown): boolean {
  const errno = errnoOf(error);
  return (
    errno === libusbError.noDevice ||
    errno === libusbError.notFound ||
    errno === transferStatus.noDevice
  );
}

/** Windows has no word for "this device has another driver": it is not supported, or not found. */
function lacksWinUsb(errno: number | undefined): boolean {
  return errno === libusbError.notSupported || errno === libusbError.notFound;
}

function accessAdvice(info: UsbDeviceInfo, platform: NodeJS.Platform): string {
  switch (platform) {
    case "linux": {
      const [vendor = "", product = ""] = formatIds(info).split(":");
      return (
        `Run as root, or put this line into /etc/udev/rules.d/70-usb-dvd.rules and plug the ` +
        `drive in again: SUBSYSTEM=="usb", ATTR{idVendor}=="${vendor}", ` +
        `ATTR{idProduct}=="${product}", MODE="0660", TAG+="uaccess"`
      );
    }
    case "win32":
      return "Give it the WinUSB driver, for instance with Zadig (https://zadig.akeo.ie).";
    case "darwin":
      return "Run as root: macOS lets nobody else take a drive from its own driver.";
    default:
      return "Run as root, or give your user access to the device's node.";
  }
}

function errnoOf(error: unknown): number | undefined {
  const errno: unknown = (error as { errno?: unknown } | undefined)?.errno;
  return typeof errno === "number" ? errno : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
