import {
  UsbAccessError,
  UsbBusyError,
  UsbDisconnectedError,
  UsbTimeoutError,
  UsbTransferError,
  type UsbError,
} from "../errors.js";

// Browsers tell stalls by a status and errors by a DOMException's name; npm `usb` puts the name of
// libusb's constant (2.x) or of nusb's error (3.x) into the text of an Error.
const stall = /stall/i;
const babble = /TRANSFER_OVERFLOW|babble|error: Fault/i;
const gone = /disconnected|NO_DEVICE|NotFoundError/i;
const ended = /TIMED_OUT|cancell?ed/i;
const busy = /BUSY|resource busy|unable to claim/i;
const refused = /SecurityError|ERROR_ACCESS|permission denied|access denied/i;

/** A rejection that is the end of a transfer as the bus has it; undefined for all others. */
export function rejectedStatus(error: unknown): "stall" | "babble" | undefined {
  const text = textOf(error);
  if (stall.test(text)) return "stall";
  if (babble.test(text)) return "babble";
  return undefined;
}

/** What a failed transfer is to its caller. `what` begins a sentence. */
export function transferFailure(what: string, error: unknown, timeoutMs: number): UsbError {
  const text = textOf(error);
  if (gone.test(text)) return new UsbDisconnectedError(what, { cause: error });
  if (ended.test(text)) return new UsbTimeoutError(what, timeoutMs);
  return new UsbTransferError(
    `${what} failed (${text}). Try again; if it stays so, try another port or cable.`,
    { cause: error },
  );
}

/** What a failure to open or to claim a device is. */
export function openFailure(what: string, error: unknown): UsbError {
  const text = textOf(error);
  if (text.startsWith("SecurityError")) {
    return new UsbAccessError(
      `${what} may not be claimed: browsers keep interface class 08h, mass storage, from web pages. ` +
        `Use an isolated web app with the permission usb-unrestricted, or Electron with ` +
        `session.setUSBProtectedClassesHandler, or the library in Node.`,
      { cause: error },
    );
  }
  if (refused.test(text)) {
    return new UsbAccessError(
      `${what} may not be opened (${text}). Give this user access to it, on Windows the driver WinUSB.`,
      { cause: error },
    );
  }
  if (busy.test(text)) {
    return new UsbBusyError(
      `${what} is in use by another program or by the operating system (${text}). ` +
        `Unmount its disc, close what uses it, and try again.`,
      { cause: error },
    );
  }
  if (gone.test(text)) return new UsbDisconnectedError(what, { cause: error });
  return new UsbTransferError(`${what} could not be opened (${text}). Plug it in again.`, {
    cause: error,
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
