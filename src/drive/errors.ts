import { UsbDvdError } from "../errors.js";

export type DriveErrorCode = "NOT_AN_OPTICAL_DRIVE" | "NO_MEDIUM" | "BLANK_MEDIUM" | "SHORT_READ";

/** The drive, or the disc in it, is not what the call needs. */
export class DriveError extends UsbDvdError {
  override readonly code: DriveErrorCode;

  constructor(code: DriveErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
