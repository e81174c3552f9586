import type { ReadRange } from "../drive/disc-reader.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { MapFile, RescueStatus } from "./map-file.js";
import { classifyReadFailure } from "./read-failure.js";
import { RescueMap, type BlockStatus, type Extent } from "./rescue-map.js";
import { WantedPart, type ByteRange } from "./wanted-part.js";

/** What is read from: an `OpticalDrive`. */
export interface RescueSource {
  read(range: ReadRange): AsyncGenerator<Uint8Array, void, void>;
}

/** Where the rescued data go. */
export interface RescueSink {
  /** Keeps the bytes, which are only good until it resolves. */
  write(position: number, data: Uint8Array): Promise<void>;
  /** Called after every change of the map; saves it now and then, once all data before are safe. */
  note(state: MapFile): Promise<void>;
}

export interface RescueOptions {
  /** How often sectors that cannot be read are tried again; 0 by default. */
  readonly retries?: number;
  /** Whether only the large reads are made, and what they fail on is left for another run. */
  readonly onlyCopy?: boolean;
  /** What is wanted of the disc, in whole blocks; all of it by default. */
  readonly ranges?: readonly ByteRange[];
  /** A byte that no read goes across: where the second layer begins. */
  readonly layerBreak?: number;
  /** Milliseconds after which the run ends, between two commands. */
  readonly maxTimeMs?: number;
  /** Called before bad sectors are tried again, for instance to make the drive slower. */
  readonly beforeRetries?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface RescueOutcome {
  /** Bytes in and around sectors that the drive keeps from a host that is not authenticated. */
  readonly protectedBytes: number;
  /** Whether there was no time to try all that was to be tried. */
  readonly timeIsUp: boolean;
}

/** What a failed large read is taken to have lost, in bytes: less than this is found out later. */
const copyBytes = 32 * blockBytes;
/** How far a pass jumps ahead after a failure; twice as far after each that follows. */
const firstSkipBytes = copyBytes;
const longestSkipBytes = 512 * copyBytes;

/**
 * Rescues a disc in the manner of GNU ddrescue: large reads that jump ahead where they fail, from
 * both ends; then the edges of what has failed, sector by sector; then what lies between; then the
 * bad sectors again, as often as asked for. The map says at any time what is known, and a rescue goes
 * on from any map.
 *
 * Throws what is no damage of the disc's: the drive has gone, there is no disc any more, the signal's
 * reason, or what the sink throws. The map is right even then.
 */
export class Rescue {
  readonly #wanted: WantedPart;
  readonly #source: RescueSource;
  readonly #sink: RescueSink;
  readonly #options: RescueOptions;
  /** What the drive has refused for want of an authentication; it is not asked for again. */
  readonly #protected: RescueMap;
  #state: { position: number; status: RescueStatus; pass: number };
  #endsAt = Infinity;

  constructor(source: RescueSource, sink: RescueSink, map: RescueMap, options: RescueOptions = {}) {
    this.#wanted = new WantedPart(map, options.ranges);
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#protected = new RescueMap(map.size);
    this.#state = { position: 0, status: "?", pass: 1 };
  }

  /** What is wanted, and what is known of it; the rest of the disc is as if it were rescued. */
  get map(): RescueMap {
    return this.#wanted.map;
  }

  /** How far it is, for a map file. */
  get state(): MapFile {
    return { map: this.#wanted.known, ...this.#state };
  }

  async run(): Promise<RescueOutcome> {
    this.#endsAt = performance.now() + (this.#options.maxTimeMs ?? Infinity);
    let timeIsUp = false;
    try {
      await this.#passes();
    } catch (error) {
      if (!(error instanceof TimeIsUp)) throw error;
      timeIsUp = true;
    }
    return { protectedBytes: this.#protected.summary("-").bytes, timeIsUp };
  }

  async #passes(): Promise<void> {
    const { retries = 0, onlyCopy = false, beforeRetries } = this.#options;
    await this.#copyForwards(1, true);
    await this.#copyBackwards(2);
    await this.#copyForwards(3, false);
    if (!onlyCopy) {
      await this.#trim();
      await this.#readEach("/", 1);
      if (retries > 0 && this.map.next("-")) await beforeRetries?.();
      for (let pass = 1; pass <= retries; pass++) await this.#readEach("-", pass);
    }
    if (this.map.isComplete) await this.#note({ position: this.map.size, status: "+", pass: 1 });
  }

  async #copyForwards(pass: number, skips: boolean): Promise<void> {
    let skipBytes = firstSkipBytes;
    let position = 0;
    for (let next = this.map.next("?"); next; next = this.map.next("?", position)) {
      const extent = this.#beforeBreak(next);
      const { reached, failure } = await this.#copy(extent, pass);
      if (failure === undefined) {
        position = reached;
        continue;
      }
      if (reached > extent.start) skipBytes = firstSkipBytes;
      const lostEnd = Math.min(reached + copyBytes, extent.end);
      await this.#mark(reached, lostEnd, "*", failure);
      position = lostEnd;
      if (skips && failure === "damage") {
        position = Math.min(position + skipBytes, this.map.size);
        skipBytes = Math.min(2 * skipBytes, longestSkipBytes);
      }
      if (position >= this.map.size) return;
    }
  }

  /** Reads an extent from its end on, piece by piece, up to the first that fails. */
  async #copyBackwards(pass: number): Promise<void> {
    let until = this.map.size;
    for (let extent = this.map.previous("?"); extent; extent = this.map.previous("?", until)) {
      const start = Math.max(this.#behindBreak(extent).start, extent.end - copyBytes);
      const piece = { ...extent, start };
      const { reached, failure } = await this.#copy(piece, pass);
      until = start;
      if (failure !== undefined) {
        await this.#mark(reached, piece.end, "*", failure);
        until = extent.start; // what is before it is the next pass's
      }
      if (until <= 0) return;
    }
  }

  /** Looks for both edges of each area in which a large read has failed. */
  async #trim(): Promise<void> {
    this.#state = { ...this.#state, status: "*", pass: 1 };
    for (let extent = this.map.next("*"); extent; extent = this.map.next("*", extent.end)) {
      const { start, end } = extent;
      let first = start;
      while (first < end && (await this.#readSector(first, "-"))) first += blockBytes;
      let last = end - blockBytes;
      while (last > first && (await this.#readSector(last, "-"))) last -= blockBytes;
      if (last > first + blockBytes) {
        this.#wanted.set(first + blockBytes, last, "/");
        await this.#note({});
      }
    }
  }

  /**
   * Reads each sector of a status by itself; every other pass goes backwards. Where the drive wants an
   * authentication, one sector in 64 KiB is asked for, and the others keep their status.
   */
  async #readEach(status: "/" | "-", pass: number): Promise<void> {
    this.#state = { ...this.#state, status, pass };
    const isBackwards = pass % 2 === 0;
    const areas = this.map.extents.filter((extent) => extent.status === status);
    if (isBackwards) areas.reverse();
    for (const { start, end } of areas) {
      const count = (end - start) / blockBytes;
      for (let index = 0; index < count; index++) {
        const position = start + (isBackwards ? count - 1 - index : index) * blockBytes;
        if (this.#protected.statusAt(position) === "-") continue;
        await this.#readSector(position, "-");
        const isRefused = this.#protected.statusAt(position) === "-";
        if (isRefused) index += copyBytes / blockBytes - 1;
      }
    }
  }

  /** Whether the sector could be read; it is of the given status where it could not. */
  async #readSector(position: number, status: BlockStatus): Promise<boolean> {
    const end = position + blockBytes;
    const { failure } = await this.#copy({ start: position, end, status: "?" });
    if (failure === undefined) return true;
    await this.#mark(position, end, status, failure);
    return false;
  }

  /** Copies an extent up to its end, or to the first failure that is the disc's. */
  async #copy(
    { start, end }: Extent,
    pass?: number,
  ): Promise<{ readonly reached: number; readonly failure?: "damage" | "protected" }> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    this.#refuseLateness();
    if (pass !== undefined) this.#state = { position: start, status: "?", pass };
    let reached = start;
    const range = { lba: start / blockBytes, blocks: (end - start) / blockBytes, recycle: true };
    try {
      for await (const chunk of this.#source.read({ ...range, ...(signal && { signal }) })) {
        await this.#keep(reached, chunk);
        reached += chunk.length;
        if (reached < end) this.#refuseLateness();
      }
      return { reached };
    } catch (error) {
      if (error instanceof SinkFailure) throw error.cause;
      if (error instanceof TimeIsUp) throw error;
      const failure = signal?.aborted === true ? "stop" : classifyReadFailure(error);
      if (failure === "stop") throw error;
      return { reached, failure };
    }
  }

  async #keep(position: number, data: Uint8Array): Promise<void> {
    try {
      await this.#sink.write(position, data);
    } catch (error) {
      throw new SinkFailure("The sink has failed.", { cause: error });
    }
    this.#wanted.set(position, position + data.length, "+");
    this.#protected.set(position, position + data.length, "?");
    await this.#note({ position });
  }

  async #mark(
    start: number,
    end: number,
    status: BlockStatus,
    failure: "damage" | "protected",
  ): Promise<void> {
    this.#wanted.set(start, end, status);
    this.#protected.set(start, end, failure === "protected" ? "-" : "?");
    await this.#note({ position: start });
  }

  #beforeBreak(extent: Extent): Extent {
    const { layerBreak = 0 } = this.#options;
    const crosses = extent.start < layerBreak && layerBreak < extent.end;
    return crosses ? { ...extent, end: layerBreak } : extent;
  }

  #behindBreak(extent: Extent): Extent {
    const { layerBreak = 0 } = this.#options;
    const crosses = extent.start < layerBreak && layerBreak < extent.end;
    return crosses ? { ...extent, start: layerBreak } : extent;
  }

  #refuseLateness(): void {
    if (performance.now() >= this.#endsAt) throw new TimeIsUp();
  }

  async #note(
    change: Partial<{ position: number; status: RescueStatus; pass: number }>,
  ): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await this.#sink.note(this.state);
  }
}

/** Told apart from what reading throws; never seen outside. */
class SinkFailure extends Error {}

/** Ends the passes; never seen outside. */
class TimeIsUp extends Error {}
