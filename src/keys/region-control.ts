import { readCopyrightInformation } from "../mmc/read-disc-structure.js";
import { sendRpcRegion } from "../mmc/send-key.js";
import type { CopyrightInformation } from "../mmc/copyright-information.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";
import { senseKeys } from "../scsi/sense-key.js";
import { isSenseError } from "../scsi/sense-error.js";
import { SerialQueue } from "../serial-queue.js";
import { KeyError } from "./errors.js";
import type { Executor } from "../scsi/executor.js";
import { checkChangeable, checkConfirmation, checkRegion } from "./region-guards.js";
import {
  describeRegion,
  haveSameRegions,
  readRegionState,
  type RegionState,
} from "./region-state.js";

/** Who has changed a drive's region: a call of `setRegion`, the automatic setting, or others. */
export type RegionChangeCause = "user" | "medium" | "outside";

export interface RegionChange {
  readonly before: RegionState;
  readonly after: RegionState;
  readonly cause: RegionChangeCause;
}

export interface SetRegionOptions {
  /** The remaining user changes as they were read: consent to spend one of just so many. */
  readonly confirm: number;
}

/** Real drives still report the old region for a while after the change. */
const lagRereads = 6;
const lagIntervalMs = 500;

/** The automatic setting leaves the last change to the user, as Windows does. */
const leastChangesToSetBy = 2;

const cssProtection = 0x01;

/** A SEND KEY that has gone out, of which nothing can be taken back. */
interface SentChange {
  readonly before: RegionState;
  readonly region: number;
  readonly cause: RegionChangeCause;
}

/**
 * Reads and sets a drive's region. One change at a time: the state that is checked is the state that
 * is changed, and a confirmation is good for one SEND KEY only.
 */
export class RegionControl {
  readonly #executor: Executor;
  readonly #announce: (change: RegionChange) => void;
  readonly #queue = new SerialQueue();
  #known: RegionState | undefined;
  /**
   * The last change that was sent and not refused. It outlives a reset of the drive, which may come
   * of a command that timed out, and does not end the lag of the one before.
   */
  #sent: SentChange | undefined;
  /** The same, until the drive reports it. */
  #awaited: SentChange | undefined;
  #closed = false;

  constructor(executor: Executor, announce: (change: RegionChange) => void) {
    this.#executor = executor;
    this.#announce = announce;
  }

  /** Asks for the region, after any change that is under way. */
  read(options?: UnitExecuteOptions): Promise<RegionState> {
    return this.#queue.run(() => this.#read(options), options?.signal);
  }

  /** See `KeyEngine.setRegion`. */
  async set(region: number, { confirm }: SetRegionOptions): Promise<RegionState> {
    checkRegion(region);
    return this.#run(async () => {
      const before = await this.#read();
      if (isSetTo(before, region)) return before;
      checkChangeable(before);
      checkConfirmation(before, confirm);
      this.#checkNotSpent(before);
      return this.#change({ before, region, cause: "user" });
    });
  }

  /** See `KeyEngine.ensureInitialRegion`. */
  async setInitially(): Promise<void> {
    return this.#run(async () => {
      const before = await this.#read();
      if (!isFactoryDefault(before) || this.#isSpent(before)) return;
      const region = initialRegionOf(await this.readCopyright());
      if (region !== undefined) await this.#change({ before, region, cause: "medium" });
    });
  }

  /** The disc's protection and regions; undefined where it has no such structure, or is none. */
  async readCopyright(options?: UnitExecuteOptions): Promise<CopyrightInformation | undefined> {
    try {
      return await this.#executor.execute(readCopyrightInformation(), options);
    } catch (error) {
      const hasNone =
        isSenseError(error, "mediumNotPresent") ||
        isSenseError(error, "incompatibleMedium") ||
        isSenseError(error, "illegalRequest");
      if (hasNone) return undefined;
      throw error;
    }
  }

  /** No change is sent from now on. */
  close(): void {
    this.#closed = true;
  }

  #run<Result>(job: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(() => {
      if (!this.#closed) return job();
      throw new KeyError("ENGINE_CLOSED", "The drive was closed. Its region was not changed.");
    });
  }

  async #read(options?: UnitExecuteOptions): Promise<RegionState> {
    const state = await readRegionState(this.#executor, options);
    const before = this.#known;
    this.#known = state;
    if (before !== undefined && !haveSameRegions(before, state)) {
      // A change of ours may show itself long after it was sent.
      const ours = this.#awaited;
      const isOurs = ours !== undefined && isSetTo(state, ours.region);
      if (isOurs) this.#awaited = undefined;
      this.#announce({ before, after: state, cause: isOurs ? ours.cause : "outside" });
    }
    return state;
  }

  /**
   * Sends the one SEND KEY, and finds out what has become of it. Nothing here leads back to sending:
   * whatever happens, the drive is only asked.
   */
  async #change(change: SentChange): Promise<RegionState> {
    const { before, region } = change;
    if (this.#closed) throw new KeyError("ENGINE_CLOSED", "The region was not changed: closed.");
    return this.#settle(before, region, await this.#send(change));
  }

  /** What went wrong, where the drive may have carried out the change all the same. */
  async #send(change: SentChange): Promise<unknown> {
    const { region } = change;
    this.#sent = this.#awaited = change;
    try {
      await this.#executor.execute(sendRpcRegion(0xff & ~(1 << (region - 1))));
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) return error;
      this.#sent = this.#awaited = undefined;
      throw refused(region, error);
    }
  }

  /** Reads until the drive reports the new region and one change less, or for as long as it lags. */
  async #settle(before: RegionState, region: number, sendError: unknown): Promise<RegionState> {
    let state = before;
    let mayBeAttended = true;
    for (let rereads = 0; ; rereads++) {
      try {
        state = await this.#read();
      } catch (error) {
        if (!mayBeAttended || !isSenseError(error, "unitAttention")) {
          throw unsettled(region, "cannot be read", sendError ?? error);
        }
        mayBeAttended = false;
      }
      const isCounted = state.userChanges !== before.userChanges;
      if (isSetTo(state, region) && isCounted) return state;
      if (rereads === lagRereads) break;
      await new Promise((resolve) => setTimeout(resolve, lagIntervalMs));
    }
    // There are drives that were made not to count.
    if (isSetTo(state, region)) return state;
    throw unsettled(region, `still is ${describeRegion(state)}`, sendError);
  }

  #checkNotSpent(state: RegionState): void {
    if (!this.#isSpent(state)) return;
    throw new KeyError(
      "REGION_UNSETTLED",
      `A region change was sent before, and the drive still reports ${state.userChanges} changes ` +
        `left: no second one is sent on the same count. Unplug the drive, plug it in again, and ` +
        `read its region.`,
    );
  }

  /** Whether a change was sent already when the drive reported the same counts. */
  #isSpent({ userChanges, vendorResets }: RegionState): boolean {
    const before = this.#sent?.before;
    return before?.userChanges === userChanges && before.vendorResets === vendorResets;
  }
}

function isSetTo({ regions }: RegionState, region: number): boolean {
  return regions.length === 1 && regions[0] === region;
}

function isFactoryDefault({ state, scheme, regions, userChanges }: RegionState): boolean {
  return (
    scheme.name === "RPC-II" &&
    state === "none" &&
    regions.length === 0 &&
    userChanges >= leastChangesToSetBy
  );
}

/** The lowest region that a disc plays in; a disc that plays everywhere, or nowhere, has none. */
function initialRegionOf(copyright: CopyrightInformation | undefined): number | undefined {
  if (copyright?.protection.code !== cssProtection) return undefined;
  return copyright.regions.length === 8 ? undefined : copyright.regions[0];
}

/** Whether the drive has said that it did not carry out the command, and will not. */
function isRefusal(error: unknown): boolean {
  if (!isSenseError(error) || error.sense.deferred) return false;
  const refusals: readonly number[] = [
    senseKeys.illegalRequest,
    senseKeys.notReady,
    senseKeys.dataProtect,
  ];
  return refusals.includes(error.senseKey);
}

function refused(region: number, cause: unknown): KeyError {
  if (isSenseError(cause, "regionChangesExhausted")) {
    const message = "The drive has no region change left.";
    return new KeyError("REGION_CHANGES_EXHAUSTED", message, { cause });
  }
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new KeyError(
    "REGION_REFUSED",
    `The drive does not change to region ${region}, and has spent no change: insert a disc of ` +
      `region ${region} first. ${problem}`,
    { cause },
  );
}

function unsettled(region: number, outcome: string, cause: unknown): KeyError {
  return new KeyError(
    "REGION_UNSETTLED",
    `The change to region ${region} was sent once, and the drive's region ${outcome}: a change may ` +
      `be spent. Unplug the drive, plug it in again, and read its region before anything else.`,
    cause === undefined ? {} : { cause },
  );
}
