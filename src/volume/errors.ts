import { UsbDvdError } from "../errors.js";

export type VolumeErrorCode =
  | "NO_FILE_SYSTEM"
  | "DAMAGED_FILE_SYSTEM"
  | "UNSUPPORTED_FILE_SYSTEM"
  | "NO_SUCH_ENTRY"
  | "NOT_A_DIRECTORY"
  | "NOT_A_FILE";

/** The files on a disc cannot be had: there are none, not this one, or what tells of them is wrong. */
export class VolumeError extends UsbDvdError {
  override readonly code: VolumeErrorCode;

  constructor(code: VolumeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is said where a structure makes no sense; `where` names it and its place. */
export function damaged(where: string, problem: string): VolumeError {
  return new VolumeError(
    "DAMAGED_FILE_SYSTEM",
    `${where} ${problem}. The file system is damaged; try another one of the disc's, or read its blocks.`,
  );
}
