import { DriverEvents } from "../events.js";
import { SerialQueue } from "../serial-queue.js";
import type { CommandTransport } from "../transport/command-transport.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import type { Command } from "./command.js";
import { mediumAccessTimeoutMs } from "./deadlines.js";
import { longSenseLength, requestSense } from "./request-sense.js";
import { isSenseError, MissingSenseError, RequestSenseError, SenseError } from "./sense-error.js";
import { senseKeys } from "./sense-key.js";
import type { Sense } from "./sense.js";
import { testUnitReady } from "./test-unit-ready.js";

/**
 * Power-on, reset and medium change may each have left a unit attention behind; a unit that reports
 * more than that is broken.
 */
const maxUnitAttentionRepeats = 3;

/** A disc that spins up may take 20 s and more to be recognised. */
const defaultBecomingReadyTimeoutMs = 30_000;

/** Milliseconds between two looks at a unit that is becoming ready. */
const readyPollIntervalMs = 250;

// A type and not an interface, which would not fit the emitter's map of any names.
export type LogicalUnitEvents = {
  /** The unit has reported a change of its state, such as another medium; see its ASC and ASCQ. */
  unitAttention: (sense: Sense) => void;
};

export interface LogicalUnitOptions {
  readonly lun?: number;
  /** Milliseconds to wait for a unit that is becoming ready; 30 s by default. */
  readonly becomingReadyTimeoutMs?: number;
}

export interface UnitExecuteOptions {
  /**
   * Milliseconds for all of it, from when the command's turn has come: its repeats, its sense data
   * and the wait for a unit that is becoming ready. Without it, each part has its own deadline.
   */
  readonly timeoutMs?: number;
  /** Gives up, wherever the command is; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * One logical unit of a device: sends commands, asks for the sense data of those that fail, and
 * answers for what is no failure yet: unit attentions and a unit that is becoming ready.
 */
export class LogicalUnit extends DriverEvents<LogicalUnitEvents> {
  readonly transport: CommandTransport;
  readonly lun: number;

  readonly #becomingReadyTimeoutMs: number;
  readonly #queue = new SerialQueue();

  constructor(transport: CommandTransport, options: LogicalUnitOptions = {}) {
    super();
    this.transport = transport;
    this.lun = options.lun ?? 0;
    this.#becomingReadyTimeoutMs = options.becomingReadyTimeoutMs ?? defaultBecomingReadyTimeoutMs;
  }

  /**
   * Carries out a command and reads its reply.
   *
   * A unit attention is announced and the command repeated; a unit that is becoming ready is waited
   * for, unless the command wants to be told (`whenNotReady`); a command that must not be sent twice
   * (`neverRepeat`) is not. Throws `SenseError` where the unit refuses, `RequestSenseError`,
   * `MalformedResponseError`, what the transport throws, or the signal's reason.
   */
  async execute<Reply>(command: Command<Reply>, options: UnitExecuteOptions = {}): Promise<Reply> {
    const attempt = new Attempt(options);
    const waits = command.whenNotReady !== "report" && command.neverRepeat !== true;
    let giveUpAt: number | undefined;
    for (;;) {
      try {
        return command.decode(await this.#send(command, attempt));
      } catch (error) {
        if (!waits || !isSenseError(error, "becomingReady")) throw error;
        giveUpAt ??= performance.now() + this.#becomingReadyTimeoutMs;
        await this.#waitUntilReady(command, error, giveUpAt, attempt);
      }
    }
  }

  /** Returns once the unit no longer is becoming ready; throws the last sense data otherwise. */
  async #waitUntilReady(
    command: Command<unknown>,
    error: SenseError,
    giveUpAt: number,
    attempt: Attempt,
  ): Promise<void> {
    let lastError = error;
    for (;;) {
      const now = performance.now();
      if (now + readyPollIntervalMs > Math.min(giveUpAt, attempt.deadline)) throw lastError;
      await delay(readyPollIntervalMs, attempt.signal);
      try {
        await this.#send(testUnitReady(), attempt);
        return;
      } catch (cause) {
        if (!(cause instanceof SenseError)) throw cause;
        // Told of the command that waits: whoever sent it knows nothing of the polling.
        lastError = new SenseError(command, cause.sense, { cause });
        if (!isSenseError(cause, "becomingReady")) throw lastError;
      }
    }
  }

  /** Sends a command, again after a unit attention, and returns its data. */
  #send(command: Command<unknown>, attempt: Attempt): Promise<Uint8Array> {
    // The command and its sense data are one job: any other command in between would wipe the sense.
    return this.#queue.run(async () => {
      attempt.start();
      for (let repeats = 0; ; repeats++) {
        const { status, data } = await this.#transfer(command, attempt);
        if (status === "passed") return data;
        const sense = await this.#readSense(command, attempt);
        // The unit succeeded in the end, and the data is good: Linux takes it so, too.
        if (sense.senseKey === senseKeys.recoveredError && !sense.deferred) return data;
        const attention = sense.senseKey === senseKeys.unitAttention;
        if (attention) this.announce("unitAttention", sense);
        if (!attention || command.neverRepeat === true || repeats === maxUnitAttentionRepeats) {
          throw failure(command, sense);
        }
      }
    }, attempt.signal);
  }

  async #readSense(command: Command<unknown>, attempt: Attempt): Promise<Sense> {
    const request = requestSense(
      this.transport.quirks?.saneSense === true ? longSenseLength : undefined,
    );
    try {
      const { status, data } = await this.#transfer(request, attempt);
      if (status === "passed") return request.decode(data);
    } catch (cause) {
      // These two say all there is to say, and callers look for them.
      if (attempt.signal?.aborted === true || cause instanceof UsbDisconnectedError) throw cause;
      throw new RequestSenseError(command, { cause });
    }
    throw new RequestSenseError(command);
  }

  #transfer(command: Command<unknown>, attempt: Attempt): ReturnType<CommandTransport["execute"]> {
    const timeoutMs = attempt.timeoutFor(command);
    const { signal } = attempt;
    return this.transport.execute(this.lun, command, { timeoutMs, ...(signal && { signal }) });
  }
}

/** What is left of the time that the caller has given. */
class Attempt {
  readonly signal: AbortSignal | undefined;
  readonly #timeoutMs: number | undefined;
  #deadline: number | undefined;

  constructor(options: UnitExecuteOptions) {
    this.signal = options.signal;
    this.#timeoutMs = options.timeoutMs;
  }

  /** The clock runs from the first call on. */
  start(): void {
    this.#deadline ??= performance.now() + (this.#timeoutMs ?? Infinity);
  }

  get deadline(): number {
    return this.#deadline ?? Infinity;
  }

  /** Milliseconds that `command` may take: all that is left, where the caller has set a limit. */
  timeoutFor(command: Command<unknown>): number {
    if (this.#timeoutMs === undefined) return command.timeoutMs ?? mediumAccessTimeoutMs;
    return Math.max(1, this.deadline - performance.now());
  }
}

function failure(command: Command<unknown>, sense: Sense): SenseError {
  const isMissing = sense.senseKey === senseKeys.noSense && sense.asc === 0 && sense.ascq === 0;
  return isMissing ? new MissingSenseError(command, sense) : new SenseError(command, sense);
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
