import { MalformedResponseError } from "../errors.js";
import { keyClasses } from "../mmc/key-exchange.js";
import { reportAgid, reportInvalidateAgid } from "../mmc/report-key.js";
import { sendInvalidateAgid } from "../mmc/send-key.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";
import { isSenseError } from "../scsi/sense-error.js";
import { SerialQueue } from "../serial-queue.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import { KeyError } from "./errors.js";
import type { Executor } from "../scsi/executor.js";
import { KeySession, type SessionOwner } from "./key-session.js";
import type { SessionLossCause } from "./session-failures.js";

/** Who is told of what becomes of a session. */
export interface SessionObserver {
  started(session: KeySession): void;
  authenticated(session: KeySession): void;
  ended(session: KeySession, failed: boolean): void;
  lost(session: KeySession, cause: SessionLossCause): void;
}

/** All that there can be. */
const agids = [0, 1, 2, 3] as const;

/** Who holds which of a drive's AGIDs, as far as this host knows. */
export class SessionRegistry implements SessionOwner {
  readonly executor: Executor;
  readonly #observer: SessionObserver;
  /** Grants and ends take turns, so that none takes back an AGID that was just granted anew. */
  readonly #queue = new SerialQueue();
  readonly #holders = new Map<number, KeySession>();
  /** AGIDs, with their key class, that the drive may hold for sessions that are over. */
  readonly #stale = new Map<number, number>();
  #isClosed = false;

  constructor(executor: Executor, observer: SessionObserver) {
    this.executor = executor;
    this.#observer = observer;
  }

  /** See `KeyEngine.startSession`. */
  start(keyClass: number, options?: UnitExecuteOptions): Promise<KeySession> {
    return this.#queue.run(async () => {
      if (this.#isClosed) {
        throw new KeyError("ENGINE_CLOSED", "The drive was closed: open it again for a session.");
      }
      const agid = await this.#grant(keyClass, options);
      const former = this.#holders.get(agid);
      if (former?.isOver === false) this.lost(former, "agidReused");
      this.#stale.delete(agid);
      const session = new KeySession(this, agid, keyClass);
      this.#holders.set(agid, session);
      this.#observer.started(session);
      return session;
    }, options?.signal);
  }

  authenticated(session: KeySession): void {
    this.#observer.authenticated(session);
  }

  async end(session: KeySession, failed: boolean): Promise<void> {
    session.markEnded();
    await this.#queue.run(async () => {
      try {
        // Unless the drive has meanwhile dropped it, or granted its AGID again.
        if (this.#holders.get(session.agid) === session) await this.#giveBackOne(session.agid);
      } finally {
        this.#observer.ended(session, failed);
      }
    });
  }

  lost(session: KeySession, cause: SessionLossCause): void {
    session.markLost(cause);
    if (this.#holders.get(session.agid) === session) {
      this.#holders.delete(session.agid);
      this.#stale.set(session.agid, session.keyClass);
    }
    this.#observer.lost(session, cause);
  }

  /** The drive has dropped all sessions by itself. */
  allLost(cause: SessionLossCause): void {
    for (const session of [...this.#holders.values()]) {
      if (!session.isOver) this.lost(session, cause);
    }
    if (cause === "mediumChanged") return;
    // After these, the drive holds nothing any more, and what it grants next is not for us to end.
    this.#holders.clear();
    this.#stale.clear();
  }

  /** Takes all four back. */
  endAll(): Promise<void> {
    return this.#endAgids(() => agids);
  }

  /** Takes those back that are known here, and grants no more. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#endAgids(() => [...this.#holders.keys(), ...this.#stale.keys()]);
  }

  async #grant(keyClass: number, options?: UnitExecuteOptions): Promise<number> {
    try {
      return await this.#askForAgid(keyClass, options);
    } catch (error) {
      if (!isSenseError(error, "outOfResources")) throw error;
    }
    await this.#giveBack([...this.#stale.keys()]);
    try {
      return await this.#askForAgid(keyClass, options);
    } catch (cause) {
      if (!isSenseError(cause, "outOfResources")) throw cause;
      const message =
        "The drive has no AGID free for another session. End one, or take all of them back with " +
        "endAllSessions(), which ends other programs' sessions, too.";
      throw new KeyError("NO_FREE_AGID", message, { cause });
    }
  }

  async #askForAgid(keyClass: number, options?: UnitExecuteOptions): Promise<number> {
    const command = reportAgid({ keyClass });
    try {
      return await this.executor.execute(command, options);
    } catch (error) {
      if (isSenseError(error, "outOfResources") || error instanceof UsbDisconnectedError)
        throw error;
      if (isSenseError(error, "illegalRequest")) {
        const message = `The drive gives no session of key class ${keyClass}, or not with this disc.`;
        throw new KeyError("NOT_SUPPORTED", message, { cause: error });
      }
      if (!isSenseError(error)) await this.#takeBackUnknown(keyClass, error);
      throw error;
    }
  }

  /** An AGID may have been granted, and nobody knows which: it is one of those that nobody holds. */
  async #takeBackUnknown(keyClass: number, error: unknown): Promise<void> {
    for (const agid of agids) {
      if (!this.#holders.has(agid)) this.#stale.set(agid, keyClass);
    }
    if (!(error instanceof MalformedResponseError)) return;
    // The caller is told of what came first; what fails here is tried again with the next session.
    await this.#giveBack([...this.#stale.keys()]).catch(() => undefined);
  }

  /** Ends the sessions of these AGIDs, which are asked for once it is their turn. */
  async #endAgids(choose: () => readonly number[]): Promise<void> {
    await this.#queue.run(async () => {
      const chosen = [...new Set(choose())];
      const ending = [...this.#holders.values()].filter(({ isOver }) => !isOver);
      for (const session of ending) session.markEnded();
      try {
        await this.#giveBack(chosen);
      } finally {
        for (const session of ending) this.#observer.ended(session, false);
      }
    });
  }

  /** Gives back each of these, and only then throws the first failure. */
  async #giveBack(chosen: readonly number[]): Promise<void> {
    const failures: unknown[] = [];
    for (const agid of chosen) {
      try {
        await this.#giveBackOne(agid);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Tells the drive that an AGID is free. Linux does it by REPORT KEY and Windows by SEND KEY, and
   * drives may have but one of them. One that refuses both does not know the AGID any more, as far
   * as can be told; it stays among the stale ones, to be tried again when one is needed.
   */
  async #giveBackOne(agid: number): Promise<void> {
    const keyClass = this.#holders.get(agid)?.keyClass ?? this.#stale.get(agid) ?? keyClasses.css;
    this.#holders.delete(agid);
    this.#stale.set(agid, keyClass);
    for (const invalidate of [reportInvalidateAgid, sendInvalidateAgid]) {
      try {
        await this.executor.execute(invalidate(agid, { keyClass }));
        this.#stale.delete(agid);
        return;
      } catch (error) {
        if (error instanceof UsbDisconnectedError) {
          this.#stale.delete(agid);
          throw error;
        }
        if (!isSenseError(error)) throw endFailed(agid, error);
      }
    }
  }
}

function endFailed(agid: number, cause: unknown): KeyError {
  return new KeyError(
    "END_FAILED",
    `The drive could not be told that the session with AGID ${agid} has ended. Its AGID is taken ` +
      `back when one is needed.`,
    { cause },
  );
}
