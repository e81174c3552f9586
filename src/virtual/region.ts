import type { Disc } from "./disc.js";
import {
  invalidFieldInParameters,
  regionChangesExhausted,
  regionMismatch,
  type Sense,
} from "./sense.js";

/** Region state of the drive, as REPORT KEY format 08h reports it (MMC-6). */
export interface RegionState {
  /** `"rpc2"` keeps the region in the drive; `"rpc1"` leaves it to the host. Default `"rpc2"`. */
  readonly scheme: "rpc1" | "rpc2";
  readonly type: "none" | "set" | "lastChance" | "permanent";
  /** How often the vendor may still reset the state. */
  readonly vendorResets: number;
  /** How often the user may still set the region. */
  readonly userChanges: number;
  /** One bit a region, bit 0 for region 1; a clear bit is the drive's region. FFh: none yet. */
  readonly mask: number;
}

export interface RegionOptions {
  /**
   * Keeps a new state, before the drive takes it on. If it throws, the drive stays as it was and
   * the host hears of a logical unit failure.
   */
  readonly onChange?: ((state: RegionState) => void) | undefined;
  /** How many reports after a change still show the mask from before it. Default: 0. */
  readonly laggingReports?: number | undefined;
}

/** A drive as it leaves the factory: no region, five changes for the user, four resets. */
const factory: RegionState = {
  scheme: "rpc2",
  type: "none",
  vendorResets: 4,
  userChanges: 5,
  mask: 0xff,
};

/** An RPC phase I drive plays every region and counts nothing. */
const phaseOne: RegionState = {
  scheme: "rpc1",
  type: "none",
  vendorResets: 0,
  userChanges: 0,
  mask: 0x00,
};

/** The drive's region, and the rules by which a host may change it. */
export class RegionControl {
  readonly #options: RegionOptions;
  #state: RegionState;
  #lag = { mask: 0xff, reportsLeft: 0 };

  constructor(state: Partial<RegionState> = {}, options: RegionOptions = {}) {
    this.#state = { ...(state.scheme === "rpc1" ? phaseOne : factory), ...state };
    this.#options = options;
  }

  get state(): RegionState {
    return this.#state;
  }

  /** One REPORT KEY 08h: the state, or for a drive that lags, the state with its former mask. */
  report(): RegionState {
    if (this.#lag.reportsLeft === 0) return this.#state;
    this.#lag.reportsLeft--;
    return { ...this.#state, mask: this.#lag.mask };
  }

  /** Whether a disc plays here: any does where no region is set, as always with RPC-I. */
  plays(disc: Disc): boolean {
    const { type, mask } = this.#state;
    return type === "none" || playsIn(disc, ~mask & 0xff);
  }

  /**
   * SEND KEY format 06h. Returns why it was refused, or nothing once it is done. Changing a region
   * that is set needs a disc of the new one in the drive, and a refusal spends no change.
   */
  set(mask: number, disc: Disc | undefined): Sense | undefined {
    const { type, userChanges } = this.#state;
    if (!hasOneRegion(mask)) return invalidFieldInParameters(4);
    if (type === "permanent" || userChanges === 0) return regionChangesExhausted;
    const region = ~mask & 0xff;
    if (type !== "none" && (!disc || !isRegional(disc) || !playsIn(disc, region))) {
      return regionMismatch;
    }
    const left = userChanges - 1;
    const next = left === 0 ? "permanent" : left === 1 ? "lastChance" : "set";
    const changed: RegionState = { ...this.#state, type: next, userChanges: left, mask };
    this.#options.onChange?.(changed);
    this.#lag = { mask: this.#state.mask, reportsLeft: this.#options.laggingReports ?? 0 };
    this.#state = changed;
    return undefined;
  }
}

const playsIn = (disc: Disc, region: number) => (disc.copyright.regionMask & region) === 0;

const isRegional = (disc: Disc) => disc.copyright.protection === "css";

function hasOneRegion(mask: number): boolean {
  const region = ~mask & 0xff;
  return region !== 0 && (region & (region - 1)) === 0;
}
