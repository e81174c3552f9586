import { UsbDvdError } from "../errors.js";

export type UsbErrorCode =
  | "USB_TIMEOUT"
  | "USB_DISCONNECTED"
  | "USB_ACCESS_DENIED"
  | "USB_BUSY"
  | "USB_TRANSFER_FAILED"
  | "USB_UNAVAILABLE"
  | "USB_NOT_A_DRIVE"
  | "USB_IP_PROTOCOL";

/** Something went wrong on the USB, below any command. */
export abstract class UsbError extends UsbDvdError {
  abstract override readonly code: UsbErrorCode;
}

/** A transfer did not end within its deadline, and was cancelled. */
export class UsbTimeoutError extends UsbError {
  override readonly code = "USB_TIMEOUT";
  readonly timeoutMs: number;
  /** What had come, or gone, by then, in bytes. */
  readonly bytesTransferred: number;

  constructor(what: string, timeoutMs: number, bytesTransferred = 0) {
    super(
      `${what} did not finish within ${timeoutMs} ms. The drive may be busy with a bad disc: ` +
        `try again, or unplug it and plug it in again.`,
    );
    this.timeoutMs = timeoutMs;
    this.bytesTransferred = bytesTransferred;
  }
}

/** The device has gone, or its connection was closed. */
export class UsbDisconnectedError extends UsbError {
  override readonly code = "USB_DISCONNECTED";

  constructor(what: string, options?: ErrorOptions & { readonly problem?: string }) {
    const {
      problem = "the drive is no longer connected. Check its cable and power.",
      ...errorOptions
    } = options ?? {};
    super(`${what}: ${problem}`, errorOptions);
  }
}

/** The host's controller or its driver reports a failure that is neither of the above. */
export class UsbTransferError extends UsbError {
  override readonly code = "USB_TRANSFER_FAILED";
}

/** The operating system, or the browser, does not let this program have the device. */
export class UsbAccessError extends UsbError {
  override readonly code = "USB_ACCESS_DENIED";
}

/** Another program, or a mounted file system, has the device. */
export class UsbBusyError extends UsbError {
  override readonly code = "USB_BUSY";
}

/** There is no USB to be had here: its native module is missing or cannot start. */
export class UsbUnavailableError extends UsbError {
  override readonly code = "USB_UNAVAILABLE";
}

/** The device is not an optical drive, or not one that speaks Bulk-Only Transport. */
export class UsbNotADriveError extends UsbError {
  override readonly code = "USB_NOT_A_DRIVE";
}

/** What answers does not keep to the USB/IP protocol, version 1.1.1. */
export class UsbIpProtocolError extends UsbError {
  override readonly code = "USB_IP_PROTOCOL";
}
