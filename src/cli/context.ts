import type { UsbDeviceInfo } from "../usb/connection.js";
import type { UsbDriveCandidate } from "../usb/libusb/index.js";
import type { Output } from "./output.js";

export interface DriveListener {
  readonly attached: (candidate: UsbDriveCandidate) => void;
  readonly detached: (info: UsbDeviceInfo) => void;
}

/** All that a subcommand may use of the world outside. */
export interface CliContext {
  /** For what was asked for. */
  readonly stdout: Output;
  /** For progress and problems. */
  readonly stderr: Output;
  /** What is typed, or comes from a program, while a command runs. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Lists the USB devices that may be optical drives. */
  readonly listDrives: () => Promise<UsbDriveCandidate[]>;
  /** Tells of those that are plugged in and unplugged from now on, until it is disposed of. */
  readonly watchDrives: (listener: DriveListener) => Promise<AsyncDisposable>;
  /** Asks at the terminal, and resolves with the line that was typed; undefined without one. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string>;
  /** Aborted by Ctrl-C and SIGTERM, with an `InterruptedError`. */
  readonly signal: AbortSignal;
}
