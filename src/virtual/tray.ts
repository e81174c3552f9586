import type { Disc } from "./disc.js";
import { becomingReady, noMediumTrayClosed, noMediumTrayOpen, type Sense } from "./sense.js";

export interface TrayOptions {
  readonly disc?: Disc | undefined;
  readonly open?: boolean | undefined;
  /** How many TEST UNIT READY polls a disc takes to spin up. Default 0: at once. */
  readonly becomingReadyPolls?: number | undefined;
}

/** Told of what the tray does, so that the drive can report it to the host. */
export interface TrayListener {
  mediumArrived(): void;
  mediumLeft(): void;
}

/** The loading mechanism: a tray, the disc on it, the lock, and how far the disc has spun up. */
export class Tray {
  /** PREVENT ALLOW MEDIUM REMOVAL: Prevent, and its Persistent form (MMC-6). */
  locked = false;
  persistentlyLocked = false;

  readonly #listener: TrayListener;
  readonly #becomingReadyPolls: number;
  #disc: Disc | undefined;
  #open: boolean;
  #pollsLeft = 0;

  constructor(options: TrayOptions, listener: TrayListener) {
    this.#listener = listener;
    this.#becomingReadyPolls = options.becomingReadyPolls ?? 0;
    this.#disc = options.disc;
    this.#open = options.open ?? false;
    if (this.loaded) this.#pollsLeft = this.#becomingReadyPolls;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get prevented(): boolean {
    return this.locked || this.persistentlyLocked;
  }

  /** Whether a disc is in the drive, ready or not. */
  get loaded(): boolean {
    return !this.#open && this.#disc !== undefined;
  }

  /** The disc, once it can be read. */
  get medium(): Disc | undefined {
    return this.loaded && this.#pollsLeft === 0 ? this.#disc : undefined;
  }

  /** Why there is no medium to read. */
  get notReady(): Sense {
    if (this.#open) return noMediumTrayOpen;
    return this.#disc ? becomingReady : noMediumTrayClosed;
  }

  /** One TEST UNIT READY: a disc that spins up is a poll nearer to being ready. */
  poll(): void {
    if (this.#pollsLeft === 0 || !this.loaded) return;
    this.#pollsLeft--;
    if (this.#pollsLeft === 0) this.#listener.mediumArrived();
  }

  open(): void {
    if (this.#open) return;
    const wasLoaded = this.loaded;
    this.#open = true;
    if (wasLoaded) this.#listener.mediumLeft();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (!this.#disc) return;
    this.#pollsLeft = this.#becomingReadyPolls;
    if (this.#pollsLeft === 0) this.#listener.mediumArrived();
  }

  /** Puts a disc, or none, on the open tray; returns the one that lay there. */
  exchange(disc: Disc | undefined): Disc | undefined {
    const before = this.#disc;
    this.#disc = disc;
    return before;
  }
}
