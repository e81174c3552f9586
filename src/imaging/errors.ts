import { UsbDvdError } from "../errors.js";

export type ImagingErrorCode =
  | "OUTPUT_EXISTS"
  | "OUTPUT_FULL"
  | "OUTPUT_NOT_WRITABLE"
  | "IMAGE_INCOMPLETE"
  | "FILES_LEFT_OUT"
  | "MAP_UNREADABLE"
  | "MAP_OF_ANOTHER_DISC"
  | "IMAGE_TOO_SHORT"
  | "DISC_CHANGED";

/** An image could not be written, or not be gone on with. */
export class ImagingError extends UsbDvdError {
  override readonly code: ImagingErrorCode;
  /** The file that was to be written. */
  readonly path: string;

  constructor(code: ImagingErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}
