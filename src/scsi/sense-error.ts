import { UsbDvdError } from "../errors.js";
import type { Command } from "./command.js";
import { adviceFor, matchesCondition, type SenseConditionName } from "./sense-condition.js";
import { hexByte } from "./sense-text.js";
import type { Sense } from "./sense.js";

/** A command failed, and the drive's sense data says why. */
export class SenseError extends UsbDvdError {
  override readonly code: "SENSE" | "NO_SENSE" = "SENSE";
  /** The name of the command that failed. */
  readonly command: string;
  readonly cdb: Uint8Array;
  /** The logical block at which the command was to begin, where it has one. */
  readonly lba?: number;
  readonly sense: Sense;

  constructor(command: Command<unknown>, sense: Sense, options?: ErrorOptions) {
    super(describeFailure(command, sense), options);
    this.command = command.name;
    this.cdb = command.cdb;
    if (command.lba !== undefined) this.lba = command.lba;
    this.sense = sense;
  }

  get senseKey(): number {
    return this.sense.senseKey;
  }

  get asc(): number {
    return this.sense.asc;
  }

  get ascq(): number {
    return this.sense.ascq;
  }

  /** What T10 says that the additional sense code means. */
  get text(): string {
    return this.sense.text;
  }

  /** For a medium error, the block that could not be read. */
  get information(): number | bigint | undefined {
    return this.sense.information;
  }
}

/**
 * A command failed, and the drive has nothing to say about it (00h/00h/00h). It counts as a hardware
 * error, and is never repeated.
 */
export class MissingSenseError extends SenseError {
  override readonly code = "NO_SENSE";
}

/** A command failed, and then so did REQUEST SENSE: nobody knows why. */
export class RequestSenseError extends UsbDvdError {
  override readonly code = "REQUEST_SENSE_FAILED";
  /** The name of the command whose failure is unexplained. */
  readonly command: string;
  readonly cdb: Uint8Array;

  constructor(command: Command<unknown>, options?: ErrorOptions) {
    super(
      `${nameOf(command)} failed, and the drive could not be asked why: REQUEST SENSE failed too. ` +
        `Try again, or unplug the drive and plug it in again.`,
      options,
    );
    this.command = command.name;
    this.cdb = command.cdb;
  }
}

/** Whether `error` is a `SenseError`, and one that says what `condition` stands for. */
export function isSenseError(error: unknown, condition?: SenseConditionName): error is SenseError {
  if (!(error instanceof SenseError)) return false;
  return condition === undefined || matchesCondition(error.sense, condition);
}

function describeFailure(command: Command<unknown>, sense: Sense): string {
  const { senseKeyName, text, senseKey, asc, ascq, deferred } = sense;
  const failed = deferred ? "was not carried out, since an earlier command failed" : "failed";
  const codes = [senseKey, asc, ascq].map(hexByte).join("/");
  return `${nameOf(command)} ${failed}: ${senseKeyName}, ${text} (${codes}). ${adviceFor(sense)}`;
}

function nameOf({ name, lba }: Command<unknown>): string {
  return lba === undefined ? name : `${name} at LBA ${lba}`;
}
