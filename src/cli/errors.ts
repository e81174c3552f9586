import { UsbDvdError } from "../errors.js";

/** The command line asks for something that cannot be meant. */
export class UsageError extends UsbDvdError {
  override readonly code = "USAGE";
}

/** No drive, or more than one, answers to what was asked for. */
export class DriveChoiceError extends UsbDvdError {
  override readonly code: "NO_DRIVE" | "SEVERAL_DRIVES";

  constructor(code: "NO_DRIVE" | "SEVERAL_DRIVES", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The user asked to stop, by a signal. */
export class InterruptedError extends UsbDvdError {
  override readonly code: "SIGINT" | "SIGTERM";

  constructor(signal: "SIGINT" | "SIGTERM") {
    super("Stopped as you asked; the drive is free again.");
    this.code = signal;
  }
}
