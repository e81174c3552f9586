import { UsbDvdError } from "../errors.js";

export type UsbErrorCode =
  | "USB_TIMEOUT"
  | "USB_DISCONNECTED"
  | "USB_ACCESS_DENIED"
  | "USB_BUSY"
  | "USB_TRANSFER_FAILED"
  | "USB_UNAVAILABLE"
  | "USB_NOT_A_DRIVE";

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

  constructor(what: string, options?: ErrorOptions) {
    super(`${what}: the drive is no longer connected. Check its cable and power.`, options);
  }
}

/** The host's controller or its driver reports a failure that is neither of the above. */
export class UsbTransferError extends UsbError {
  override readonly code = "USB_TRANSFER_FAILED";
}
