import { UsbDvdError } from "../errors.js";

export type TransportErrorCode = "PHASE_ERROR" | "INVALID_STATUS" | "COMMAND_REFUSED" | "BABBLE";

/**
 * The device broke the rules of Bulk-Only Transport while it carried a command. The transport
 * recovers before it sends the next one.
 */
export class TransportError extends UsbDvdError {
  override readonly code: TransportErrorCode;
  /** The command that was being carried. */
  readonly command: string;

  constructor(code: TransportErrorCode, command: string, problem: string) {
    super(
      `${command}: ${problem}. The drive is reset before the next command; if this happens again, ` +
        `try another cable or port.`,
    );
    this.code = code;
    this.command = command;
  }
}
