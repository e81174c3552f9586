import { DriverEvents } from "../events.js";
import { keyClasses, type KeyClassOption } from "../mmc/key-exchange.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";
import type { Sense } from "../scsi/sense.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import type { Executor } from "../scsi/executor.js";
import type { KeySession } from "./key-session.js";
import { RegionControl, type RegionChange, type SetRegionOptions } from "./region-control.js";
import type { RegionState } from "./region-state.js";
import type { SessionLossCause } from "./session-failures.js";
import { SessionRegistry } from "./session-registry.js";

/** Which session an event is about. */
export interface SessionDetails {
  /** The authentication grant identifier, 0 to 3. */
  readonly agid: number;
  readonly keyClass: number;
}

// A type and not an interface, which would not fit the emitter's map of any names.
export type KeyEngineEvents = {
  sessionStarted: (session: SessionDetails) => void;
  /** The drive has accepted the host's KEY2. */
  sessionAuthenticated: (session: SessionDetails) => void;
  /** The AGID was given back, or was to be; `failed` where a step of the session did. */
  sessionEnded: (session: SessionDetails & { readonly failed: boolean }) => void;
  /** The drive has dropped the session by itself. */
  sessionLost: (session: SessionDetails & { readonly cause: SessionLossCause }) => void;
  /** The drive's region is another one than it was when it was last read. */
  regionChanged: (change: RegionChange) => void;
  /** The automatic setting has failed on the way to reading the region. */
  initialRegionFailed: (error: unknown) => void;
};

export interface KeyEngineOptions {
  /**
   * Whether `readRegion` first gives a drive that never had a region that of the disc in it, which
   * spends one of its few changes; `leave` by default. See `ensureInitialRegion`.
   */
  readonly initialRegion?: "from-medium" | "leave";
}

const wasReset = 0x29;
const mediumMayHaveChanged = 0x28;

/** One drive's sessions, keys and region. There must be no more than one engine a drive. */
export class KeyEngine extends DriverEvents<KeyEngineEvents> implements AsyncDisposable {
  readonly #sessions: SessionRegistry;
  readonly #region: RegionControl;
  readonly #initialRegion: "from-medium" | "leave";
  #closed: Promise<void> | undefined;

  constructor(executor: Executor, options: KeyEngineOptions = {}) {
    super();
    this.#initialRegion = options.initialRegion ?? "leave";
    this.#region = new RegionControl(executor, (change) => this.announce("regionChanged", change));
    this.#sessions = new SessionRegistry(executor, {
      started: (session) => this.announce("sessionStarted", detailsOf(session)),
      authenticated: (session) => this.announce("sessionAuthenticated", detailsOf(session)),
      ended: (session, failed) => this.announce("sessionEnded", { ...detailsOf(session), failed }),
      lost: (session, cause) => this.announce("sessionLost", { ...detailsOf(session), cause }),
    });
  }

  /**
   * Starts a session, which is the caller's to end: `await using` does. A drive has four AGIDs at
   * most; where none is free, those that this engine has left behind are taken back, and one more
   * try is made. Throws `KeyError` `NO_FREE_AGID`, `NOT_SUPPORTED` or `ENGINE_CLOSED`, or what the
   * drive says.
   */
  startSession({
    keyClass = keyClasses.css,
    ...options
  }: KeyClassOption & UnitExecuteOptions = {}): Promise<KeySession> {
    return this.#sessions.start(keyClass, options);
  }

  /** Ends a session; the same as `session.end()`. */
  endSession(session: KeySession): Promise<void> {
    return session.end();
  }

  /**
   * Takes all four AGIDs back, also those that others were granted, whatever fails on the way.
   * Throws `KeyError` `END_FAILED` at the end where the drive could not be told of one.
   */
  endAllSessions(): Promise<void> {
    return this.#sessions.endAll();
  }

  /** Asks for the drive's region, after any change of it that is under way. */
  async readRegion(options?: UnitExecuteOptions): Promise<RegionState> {
    options?.signal?.throwIfAborted();
    if (this.#initialRegion === "from-medium") {
      try {
        await this.#region.setInitially();
      } catch (error) {
        this.announce("initialRegionFailed", error);
      }
    }
    return this.#region.read(options);
  }

  /**
   * Sets the drive's region, of 1 to 8, which spends one of its few changes, and returns the region
   * as the drive then reports it. Does nothing where it is set so already.
   *
   * `confirm` is the number of user changes left, as `readRegion` told it: another number is refused
   * (`REGION_NOT_CONFIRMED`), so that a change is never spent that nobody knew of. SEND KEY goes out
   * once, and is not repeated after a time-out either; instead, the region is read until it follows,
   * for 3 s. Where it does not, or cannot be read, `REGION_UNSETTLED` says so, and no other change
   * is sent on the same count by this engine. `REGION_REFUSED` means that nothing was
   * spent; most drives want a disc of the new region. A change that has begun is not interrupted:
   * nobody would know what became of it.
   */
  setRegion(region: number, options: SetRegionOptions): Promise<RegionState> {
    return this.#region.set(region, options);
  }

  /**
   * Gives a drive that never had a region the lowest one that the disc in it plays in, under the
   * conditions of Windows: the region state is `none` in the RPC-II scheme, more than one change is
   * left, and the disc has CSS. A disc that plays everywhere has no region, and spends no change.
   * Otherwise does nothing. Throws as `setRegion` does.
   */
  ensureInitialRegion(): Promise<void> {
    return this.#region.setInitially();
  }

  /**
   * The regions, of 1 to 8, that the disc plays in: all of them where it is free. Undefined where
   * there is no disc, or one that has no such information.
   */
  async mediumRegions(options?: UnitExecuteOptions): Promise<readonly number[] | undefined> {
    return (await this.#region.readCopyright(options))?.regions;
  }

  /** To be told of each unit attention: a reset or another disc ends all sessions at the drive. */
  noteUnitAttention({ asc }: Pick<Sense, "asc">): void {
    if (asc === wasReset) this.#sessions.allLost("reset");
    if (asc === mediumMayHaveChanged) this.#sessions.allLost("mediumChanged");
  }

  /** To be told that the drive has gone. */
  noteDisconnection(): void {
    this.#sessions.allLost("disconnected");
  }

  /** Ends what sessions there are, and takes no more. A drive that has gone has none to end. */
  close(): Promise<void> {
    this.#region.close();
    this.#closed ??= this.#sessions.close().catch((error: unknown) => {
      if (!(error instanceof UsbDisconnectedError)) throw error;
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function detailsOf({ agid, keyClass }: KeySession): SessionDetails {
  return { agid, keyClass };
}
