import { keyLengths } from "../mmc/key-exchange.js";
import { readDiscKey } from "../mmc/read-disc-structure.js";
import {
  reportAuthenticationSuccess,
  reportChallenge,
  reportKey1,
  reportTitleKey,
  type TitleKey,
} from "../mmc/report-key.js";
import { sendChallenge, sendKey2 } from "../mmc/send-key.js";
import type { Command } from "../scsi/command.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";
import { opticalBlockLength } from "../scsi/read.js";
import { isSenseError } from "../scsi/sense-error.js";
import { SerialQueue } from "../serial-queue.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import { KeyError } from "./errors.js";
import type { Executor } from "../scsi/executor.js";
import type { HostAuthenticator } from "./host-authenticator.js";
import {
  isKeyNotEstablished,
  sessionEnded,
  sessionLost,
  stepFailed,
  type SessionLossCause,
} from "./session-failures.js";
import { stateAfter, type SessionState, type SessionStep } from "./session-steps.js";

/** Where a title key is asked for: a logical block, or a byte offset on the disc. */
export type TitleKeyAddress = { readonly lba: number } | { readonly byteOffset: number };

/** The side of the engine that its sessions see. */
export interface SessionOwner {
  readonly executor: Executor;
  /** The drive takes the session for authenticated. */
  authenticated(session: KeySession): void;
  /** The session is over for a reason that only it has seen. */
  lost(session: KeySession, cause: SessionLossCause): void;
  /** Gives the session's AGID back to the drive; `failed` where a step did. */
  end(session: KeySession, failed: boolean): Promise<void>;
}

const maxLba = 0xffff_ffff;

/**
 * A session with the drive: one AGID, one authentication, and one key read with it (MMC-6, REPORT
 * KEY command).
 *
 * The steps have an order, and a step out of it is refused (`OUT_OF_ORDER`) before the drive sees it.
 * A step that fails at the drive throws a `KeyError` that names it and ends the session, so that
 * nothing stays granted; `UsbDisconnectedError` passes through, and so does the reason of a signal
 * that was given. A deadline is for each command by itself. Keys are returned as the drive encrypts
 * them for the session.
 */
export class KeySession implements AsyncDisposable {
  /** The authentication grant identifier, 0 to 3. */
  readonly agid: number;
  readonly keyClass: number;
  readonly #owner: SessionOwner;
  readonly #queue = new SerialQueue();
  #state: SessionState = "started";
  #lossCause: SessionLossCause | undefined;

  constructor(owner: SessionOwner, agid: number, keyClass: number) {
    this.#owner = owner;
    this.agid = agid;
    this.keyClass = keyClass;
  }

  get state(): SessionState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === "ended" || this.#state === "lost";
  }

  /**
   * Takes the whole authentication, with the caller's half of the secrets: challenges the drive,
   * verifies its answer, answers its challenge, and sees that the drive is content.
   *
   * Throws `KeyError` `DRIVE_NOT_AUTHENTIC` where the drive proves itself wrongly, before any key
   * is read, and `HOST_REFUSED` where the drive does not accept the host; what `host` throws passes
   * through. The session is ended in each case.
   */
  authenticate(host: HostAuthenticator, options?: UnitExecuteOptions): Promise<void> {
    return this.#queue.run(async () => {
      stateAfter("sendChallenge", this.#checkedState());
      try {
        await this.#authenticate(host, options);
      } catch (error) {
        await this.#end();
        throw error;
      }
    }, options?.signal);
  }

  /** Sends the host's challenge: 10 bytes. */
  sendChallenge(challenge: Uint8Array, options?: UnitExecuteOptions): Promise<void> {
    return this.#queue.run(() => this.#sendChallenge(challenge, options), options?.signal);
  }

  /** Reads the drive's answer to the host's challenge, KEY1: 5 bytes. */
  readBusKey(options?: UnitExecuteOptions): Promise<Uint8Array> {
    return this.#queue.run(() => this.#readBusKey(options), options?.signal);
  }

  /** Reads the drive's challenge: 10 bytes. */
  readChallenge(options?: UnitExecuteOptions): Promise<Uint8Array> {
    return this.#queue.run(() => this.#readChallenge(options), options?.signal);
  }

  /** Sends the host's answer to the drive's challenge, KEY2: 5 bytes. */
  sendBusKey(key2: Uint8Array, options?: UnitExecuteOptions): Promise<void> {
    return this.#queue.run(async () => {
      await this.#sendBusKey(key2, options);
      this.#owner.authenticated(this);
    }, options?.signal);
  }

  /** Reads whether the drive counts the host as authenticated (ASF). */
  readAuthenticationSuccess(options?: UnitExecuteOptions): Promise<boolean> {
    return this.#queue.run(() => this.#readAuthenticationSuccess(options), options?.signal);
  }

  /**
   * Reads the title key of a block, with its copyright flags. A byte offset counts from the start
   * of the disc, and may lie anywhere in its block of 2048 bytes.
   */
  readTitleKey(address: TitleKeyAddress, options?: UnitExecuteOptions): Promise<TitleKey> {
    const build = ({ agid, keyClass }: StepTarget): Command<TitleKey> =>
      reportTitleKey(agid, lbaOf(address), { keyClass });
    return this.#queue.run(() => this.#take("readTitleKey", build, options), options?.signal);
  }

  /** Reads the disc key block: 2048 bytes. */
  readDiscKey(options?: UnitExecuteOptions): Promise<Uint8Array> {
    const build = ({ agid }: StepTarget): Command<Uint8Array> => readDiscKey(agid);
    return this.#queue.run(() => this.#take("readDiscKey", build, options), options?.signal);
  }

  /**
   * Gives the AGID back. Does nothing where the session is over. Throws `KeyError` `END_FAILED`
   * where the drive could not be told; the session counts as ended all the same.
   */
  async end(): Promise<void> {
    if (!this.isOver) await this.#owner.end(this, false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** For the engine: no step is taken from now on. */
  markEnded(): void {
    this.#state = "ended";
  }

  /** For the engine: the drive has dropped the session. */
  markLost(cause: SessionLossCause): void {
    this.#state = "lost";
    this.#lossCause = cause;
  }

  async #authenticate(host: HostAuthenticator, options?: UnitExecuteOptions): Promise<void> {
    const challenge = await host.createChallenge();
    await this.#sendChallenge(challenge, options);
    const key1 = await this.#readBusKey(options);
    // Nothing but true will do: what an authenticator in plain JavaScript returns may be anything.
    const isAuthentic: unknown = await host.verifyDrive(challenge, key1);
    if (isAuthentic !== true) {
      throw new KeyError(
        "DRIVE_NOT_AUTHENTIC",
        "The drive's answer (KEY1) is not the one to the host's challenge. No key was read: do " +
          "not trust this drive, or check the authenticator.",
      );
    }
    await this.#sendBusKey(await host.respond(await this.#readChallenge(options)), options);
    if (!(await this.#readAuthenticationSuccess(options))) {
      throw new KeyError(
        "HOST_REFUSED",
        "The drive has taken the host's answer (KEY2), but does not report success (ASF 0). " +
          "Check the authenticator, and the disc's region.",
      );
    }
    this.#owner.authenticated(this);
  }

  #sendChallenge(challenge: Uint8Array, options?: UnitExecuteOptions): Promise<void> {
    const build = ({ agid, keyClass }: StepTarget): Command => {
      checkLength(challenge, keyLengths.challenge, "challenge");
      return sendChallenge(agid, challenge, { keyClass });
    };
    return this.#take("sendChallenge", build, options);
  }

  #readBusKey(options?: UnitExecuteOptions): Promise<Uint8Array> {
    return this.#take(
      "readBusKey",
      ({ agid, keyClass }) => reportKey1(agid, { keyClass }),
      options,
    );
  }

  #readChallenge(options?: UnitExecuteOptions): Promise<Uint8Array> {
    const build = ({ agid, keyClass }: StepTarget): Command<Uint8Array> =>
      reportChallenge(agid, { keyClass });
    return this.#take("readChallenge", build, options);
  }

  #sendBusKey(key2: Uint8Array, options?: UnitExecuteOptions): Promise<void> {
    const build = ({ agid, keyClass }: StepTarget): Command => {
      checkLength(key2, keyLengths.busKey, "answer (KEY2)");
      return sendKey2(agid, key2, { keyClass });
    };
    return this.#take("sendBusKey", build, options);
  }

  #readAuthenticationSuccess(options?: UnitExecuteOptions): Promise<boolean> {
    const build = ({ agid, keyClass }: StepTarget): Command<boolean> =>
      reportAuthenticationSuccess(agid, { keyClass });
    return this.#take("readAuthenticationSuccess", build, options);
  }

  /** Takes one step: checks that its turn has come, asks the drive, and moves on. */
  async #take<Reply>(
    step: SessionStep,
    build: (target: StepTarget) => Command<Reply>,
    options?: UnitExecuteOptions,
  ): Promise<Reply> {
    const next = stateAfter(step, this.#checkedState());
    const command = build(this);
    let reply: Reply;
    try {
      reply = await this.#owner.executor.execute(command, options);
    } catch (error) {
      const failure = await this.#fail(step, error);
      throw options?.signal?.aborted === true ? options.signal.reason : failure;
    }
    // The session may have been ended or lost while the command was under way.
    this.#checkedState();
    this.#state = next;
    return reply;
  }

  /** The state, where the session is not over. */
  #checkedState(): SessionState {
    if (this.#lossCause !== undefined) throw sessionLost(this.agid, this.#lossCause);
    if (this.#state === "ended") throw sessionEnded(this.agid);
    return this.#state;
  }

  /** Ends what has failed, and returns the error to throw for it. */
  async #fail(step: SessionStep, cause: unknown): Promise<unknown> {
    if (cause instanceof UsbDisconnectedError) {
      this.#lose("disconnected");
      return cause;
    }
    const outOfStep =
      isSenseError(cause, "sequenceError") ||
      (this.#state === "authenticated" && isKeyNotEstablished(cause));
    if (outOfStep) this.#lose("outOfStep");
    if (this.#lossCause !== undefined) return sessionLost(this.agid, this.#lossCause, cause);
    await this.#end();
    return stepFailed(step, this.agid, cause);
  }

  /** Ends the session after a failure, of which the caller is told whatever becomes of this. */
  async #end(): Promise<void> {
    if (this.isOver) return;
    try {
      await this.#owner.end(this, true);
    } catch (error) {
      // The engine keeps the AGID among the stale ones, and tries again when it needs one.
      if (!(error instanceof KeyError) && !(error instanceof UsbDisconnectedError)) throw error;
    }
  }

  #lose(cause: SessionLossCause): void {
    if (!this.isOver) this.#owner.lost(this, cause);
  }
}

interface StepTarget {
  readonly agid: number;
  readonly keyClass: number;
}

function checkLength(data: Uint8Array, length: number, what: string): void {
  if (data.length === length) return;
  throw new KeyError(
    "INVALID_ARGUMENT",
    `The host's ${what} must have ${length} bytes, and has ${data.length}.`,
  );
}

function lbaOf(address: TitleKeyAddress): number {
  const lba = "lba" in address ? address.lba : Math.floor(address.byteOffset / opticalBlockLength);
  if (Number.isInteger(lba) && lba >= 0 && lba <= maxLba) return lba;
  throw new KeyError("INVALID_ARGUMENT", `A title key has its place at LBA 0 to ${maxLba}.`);
}
