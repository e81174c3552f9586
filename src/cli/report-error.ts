import { UsbDvdError } from "../errors.js";
import { KeyError } from "../keys/errors.js";
import { isSenseError } from "../scsi/sense-error.js";
import { InterruptedError } from "./errors.js";
import { exitCodes, type ExitCode } from "./exit-codes.js";
import type { Output } from "./output.js";

/** What each error of ours means for a script; every other one of ours is the drive's failure. */
const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  USAGE: exitCodes.usage,
  NO_DRIVE: exitCodes.noDrive,
  NOT_AN_OPTICAL_DRIVE: exitCodes.noDrive,
  USB_NOT_A_DRIVE: exitCodes.noDrive,
  USB_UNAVAILABLE: exitCodes.noDrive,
  SEVERAL_DRIVES: exitCodes.severalDrives,
  USB_ACCESS_DENIED: exitCodes.accessDenied,
  USB_BUSY: exitCodes.inUse,
  NO_MEDIUM: exitCodes.noDisc,
  BLANK_MEDIUM: exitCodes.blankDisc,
  OUTPUT_EXISTS: exitCodes.outputExists,
  OUTPUT_FULL: exitCodes.outputFailed,
  OUTPUT_NOT_WRITABLE: exitCodes.outputFailed,
  MAP_UNREADABLE: exitCodes.outputExists,
  MAP_OF_ANOTHER_DISC: exitCodes.outputExists,
  IMAGE_TOO_SHORT: exitCodes.outputExists,
  IMAGE_INCOMPLETE: exitCodes.incomplete,
  FILES_LEFT_OUT: exitCodes.incomplete,
  NO_FILE_SYSTEM: exitCodes.noFile,
  UNSUPPORTED_FILE_SYSTEM: exitCodes.noFile,
  DAMAGED_FILE_SYSTEM: exitCodes.noFile,
  NO_SUCH_ENTRY: exitCodes.noFile,
  NOT_A_DIRECTORY: exitCodes.noFile,
  NOT_A_FILE: exitCodes.noFile,
  USB_DISCONNECTED: exitCodes.disconnected,
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
  SIGPIPE: exitCodes.brokenPipe,
};

/** Tells what went wrong in one line, and returns the exit code that says the same. */
export function reportError(error: unknown, stderr: Output): ExitCode {
  if (error instanceof InterruptedError && error.code === "SIGPIPE") {
    return exitCodes.brokenPipe; // as every program does that is piped into `head`: silently
  }
  if (error instanceof UsbDvdError) {
    stderr.line(`usb-dvd: ${error.message}`);
    if (isSenseError(error, "mediumNotPresent")) return exitCodes.noDisc;
    if (error instanceof KeyError) return exitCodes.keyRefused;
    return exitCodeOf[error.code] ?? exitCodes.driveFailed;
  }
  if (isSuppressedError(error)) {
    const exitCode = reportError(error.suppressed, stderr);
    reportError(error.error, stderr);
    return exitCode;
  }
  if (isSystemError(error)) {
    stderr.line(`usb-dvd: ${error.message}`);
    return exitCodes.failure;
  }
  stderr.line(`usb-dvd: this should not have happened, please report it: ${String(error)}`);
  return exitCodes.failure;
}

/** Where closing a drive has failed after something else had: both want to be told. */
function isSuppressedError(error: unknown): error is { error: unknown; suppressed: unknown } {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error;
}

/** What the operating system says of a file, for instance that it is not there. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
