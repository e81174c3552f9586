import type { Executor } from "../../src/scsi/executor.js";
import type { Command } from "../../src/scsi/command.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { senseError } from "./scripted-executor.js";

/** What becomes of a SEND KEY that sets the region. */
export interface SendOutcome {
  readonly isApplied: boolean;
  readonly answer: "ok" | "refused" | "attention" | "timeout" | "unplugged";
  /** How many more reads still show the state before the change. */
  readonly lag: number;
}

/** What becomes of a REPORT KEY that reads the region. */
export type ReadOutcome = "ok" | "attention" | "timeout" | "unplugged";

export interface Faults {
  nextSend(): SendOutcome;
  nextRead(): ReadOutcome;
}

interface Region {
  readonly mask: number;
  readonly changes: number;
}

/**
 * A drive's region and its counter, written from the layouts anew. It checks nothing: it carries out
 * what it is sent also below zero, so that every guard that a test sees is the host's.
 */
export class RegionModel implements Executor {
  stored: Region;
  /** The counts that were on show when a SEND KEY came that was not refused, since the last start. */
  sentOn: number[] = [];
  applied = 0;
  isPlugged = true;
  readonly #faults: Faults;
  readonly #mediumMask: number;
  #shown: Region;
  #lag = 0;

  constructor(changes: number, mediumMask: number, faults: Faults) {
    this.stored = this.#shown = { mask: 0xff, changes };
    this.#mediumMask = mediumMask;
    this.#faults = faults;
  }

  get shown(): Region {
    return this.#shown;
  }

  /** The drive is plugged in again: it shows what it has stored. */
  restart(): void {
    this.isPlugged = true;
    this.#shown = this.stored;
    this.#lag = 0;
    this.sentOn = [];
  }

  async execute<Reply>(command: Command<Reply>): Promise<Reply> {
    await Promise.resolve();
    if (!this.isPlugged) throw new UsbDisconnectedError(command.name);
    switch (command.cdb[0]) {
      case 0xa3:
        return command.decode(this.#sendKey(command));
      case 0xa4:
        return command.decode(this.#reportKey(command));
      default:
        return command.decode(Uint8Array.of(0, 6, 0, 0, 1, this.#mediumMask, 0, 0));
    }
  }

  #sendKey(command: Command<unknown>): Uint8Array {
    const { isApplied, answer, lag } = this.#faults.nextSend();
    if (answer === "refused") throw senseError(command, "05/6f/04");
    this.sentOn.push(this.#shown.changes);
    if (isApplied || answer === "ok") {
      this.applied++;
      this.stored = { mask: command.data?.[4] ?? 0xff, changes: this.stored.changes - 1 };
      this.#lag = lag;
    }
    this.#throwFor(answer, command);
    return new Uint8Array(0);
  }

  #reportKey(command: Command<unknown>): Uint8Array {
    this.#throwFor(this.#faults.nextRead(), command);
    if (this.#lag > 0) this.#lag--;
    else this.#shown = this.stored;
    const { mask, changes } = this.#shown;
    const type = mask === 0xff ? 0 : changes <= 0 ? 3 : changes === 1 ? 2 : 1;
    // Below zero the counter shows what no guard could object to: the model itself gives it away.
    return Uint8Array.of(0, 6, 0, 0, (type << 6) | (4 << 3) | Math.max(changes, 0), mask, 1, 0);
  }

  #throwFor(outcome: string, command: Command<unknown>): void {
    if (outcome === "attention") throw senseError(command, "06/28/00");
    if (outcome === "timeout") throw new UsbTimeoutError(command.name, 60_000);
    if (outcome === "unplugged") {
      this.isPlugged = false;
      throw new UsbDisconnectedError(command.name);
    }
  }
}
