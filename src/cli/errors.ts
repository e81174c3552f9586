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

/** The signals that end a command; `SIGPIPE` is for an output that nobody reads any more. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

const endingMessages: Readonly<Record<EndingSignal, string>> = {
  SIGINT: "Stopped as you asked; the drive is free again.",
  SIGTERM: "Stopped as you asked; the drive is free again.",
  SIGHUP: "Stopped, since the terminal has gone; the drive is free again.",
  SIGPIPE: "Stopped, since nothing reads the output any more.",
};

/** The user asked to stop, by a signal. */
export class InterruptedError extends UsbDvdError {
  override readonly code: EndingSignal;

  constructor(signal: EndingSignal) {
    super(endingMessages[signal]);
    this.code = signal;
  }
}
