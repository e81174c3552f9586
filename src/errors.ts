/**
 * The base of every error that this package throws on purpose.
 *
 * `code` is stable and meant for programs; `message` is meant for people and says what happened, on
 * what, and what to do next. What lay underneath is in `cause`.
 */
export abstract class UsbDvdError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A device answered with bytes that cannot be what it was asked for. */
export class MalformedResponseError extends UsbDvdError {
  override readonly code = "MALFORMED_RESPONSE";
  /** What was being decoded, for instance `INQUIRY data`. */
  readonly structure: string;
  /** The byte at which the answer stops making sense. */
  readonly offset: number;

  constructor(structure: string, offset: number, problem: string) {
    super(`The drive sent malformed ${structure}: ${problem} (at byte ${offset}).`);
    this.structure = structure;
    this.offset = offset;
  }
}
