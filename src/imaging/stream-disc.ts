import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { ImagingError } from "./errors.js";
import { filledSector } from "./fill.js";
import { ImageHashes, type HashName, type Hashes } from "./image-hashes.js";
import { missingParts, summaryOf, type MissingPart, type RescueSummary } from "./missing-parts.js";
import { classifyReadFailure } from "./read-failure.js";
import type { RescueSource } from "./rescue.js";
import { RescueMap } from "./rescue-map.js";
import { WantedPart } from "./wanted-part.js";
import { SpeedCurve, type SpeedSample } from "./speed-curve.js";

export interface StreamDiscOptions {
  /** How many blocks the disc has. */
  readonly blocks: number;
  /** Which of them are wanted; all by default. */
  readonly range?: BlockRange;
  /** How often a bad sector is tried again; 0 by default. */
  readonly retries?: number;
  /** Whether nothing that has failed is tried again, not even sector by sector. */
  readonly onlyCopy?: boolean;
  /** What stands for a sector that cannot be read, again and again; zeros by default. */
  readonly fill?: Uint8Array;
  /** By default SHA-256. */
  readonly hashes?: readonly HashName[];
  readonly signal?: AbortSignal;
  /** Called before the first read and after every change, with what is known of what is wanted; the rest is as if it were read. */
  readonly onProgress?: (map: RescueMap, position: number) => void;
}

/** A run of blocks. */
export interface BlockRange {
  readonly lba: number;
  readonly blocks: number;
}

export interface StreamDiscResult {
  /** Those that were handed on. */
  readonly bytes: number;
  /** Of those, bytes that the drive could not read. */
  readonly missingBytes: number;
  /** Of those, bytes in and around sectors that the drive keeps from a host without authentication. */
  readonly protectedBytes: number;
  readonly summary: RescueSummary;
  readonly missing: readonly MissingPart[];
  /** Of what was handed on. */
  readonly hashes: Hashes;
  readonly speeds: readonly SpeedSample[];
}

/** How much is read sector by sector where a large read has failed. */
const searchedBlocks = 32;

/**
 * Hands a disc's bytes on in order, each once: for a pipe, which cannot be gone back in. What cannot be
 * read is looked at sector by sector, tried again as often as asked for, and filled.
 *
 * Throws what ends all reading, and what `write` throws. `write` gets bytes that are only good until
 * it resolves.
 */
export async function streamDisc(
  drive: RescueSource,
  write: (data: Uint8Array) => Promise<void>,
  options: StreamDiscOptions,
): Promise<StreamDiscResult> {
  const { blocks, range = { lba: 0, blocks } } = options;
  const stream = new DiscStream(drive, write, options, range);
  const end = range.lba + range.blocks;
  while (stream.lba < end) {
    const failure = await stream.copy(end - stream.lba);
    if (failure !== undefined) await stream.search(Math.min(searchedBlocks, end - stream.lba));
  }
  return stream.result();
}

class DiscStream {
  readonly #drive: RescueSource;
  readonly #write: (data: Uint8Array) => Promise<void>;
  readonly #options: StreamDiscOptions;
  readonly #range: BlockRange;
  readonly #map: RescueMap;
  readonly #hashes: ImageHashes;
  readonly #curve: SpeedCurve;
  readonly #filler: Uint8Array;
  #lba: number;
  #protectedBytes = 0;
  #lastAt = performance.now();

  constructor(
    drive: RescueSource,
    write: (data: Uint8Array) => Promise<void>,
    options: StreamDiscOptions,
    range: BlockRange,
  ) {
    const size = options.blocks * blockBytes;
    this.#drive = drive;
    this.#write = write;
    this.#options = options;
    const [start, end] = [range.lba * blockBytes, (range.lba + range.blocks) * blockBytes];
    this.#range = range;
    this.#lba = range.lba;
    this.#map = new WantedPart(new RescueMap(size), [{ start, end }]).map;
    this.#hashes = new ImageHashes(options.hashes ?? ["sha256"]);
    this.#curve = new SpeedCurve(size);
    this.#filler = filledSector(options.fill);
    options.onProgress?.(this.#map, this.#lba * blockBytes);
  }

  /** The next block to hand on. */
  get lba(): number {
    return this.#lba;
  }

  /** Hands blocks on, up to the first that cannot be read, if there is one. */
  async copy(blocks: number): Promise<"damage" | "protected" | undefined> {
    const { signal } = this.#options;
    const range = { lba: this.#lba, blocks, recycle: true, ...(signal && { signal }) };
    try {
      for await (const chunk of this.#drive.read(range)) await this.#handOn(chunk, "+");
      return undefined;
    } catch (error) {
      const failure = signal?.aborted === true ? "stop" : classifyReadFailure(error);
      if (failure === "stop") throw error instanceof WriteFailure ? error.cause : error;
      return failure;
    }
  }

  /** Hands blocks on one by one, filled where they cannot be read. */
  async search(blocks: number): Promise<void> {
    const { retries = 0, onlyCopy = false } = this.#options;
    for (let left = blocks; left > 0; left--) {
      let failure = onlyCopy ? "damage" : await this.copy(1);
      for (let retry = 0; failure === "damage" && !onlyCopy && retry < retries; retry++) {
        failure = await this.copy(1);
      }
      if (failure === undefined) continue;
      // The drive would refuse its neighbours one by one, too.
      const lost = failure === "protected" ? left : 1;
      if (failure === "protected") this.#protectedBytes += lost * blockBytes;
      for (let count = 0; count < lost; count++) await this.#handOn(this.#filler, "-");
      left -= lost - 1;
    }
  }

  result(): StreamDiscResult {
    const bytes = this.#range.blocks * blockBytes;
    return {
      bytes,
      missingBytes: this.#map.summary("-").bytes,
      protectedBytes: this.#protectedBytes,
      summary: summaryOf(this.#map),
      missing: missingParts(this.#map),
      hashes: this.#hashes.digest(),
      speeds: this.#curve.samples,
    };
  }

  async #handOn(data: Uint8Array, status: "+" | "-"): Promise<void> {
    const position = this.#lba * blockBytes;
    const now = performance.now();
    if (status === "+") this.#curve.add(position, data.length, now - this.#lastAt);
    this.#lastAt = now;
    this.#hashes.update(position - this.#range.lba * blockBytes, data);
    try {
      await this.#write(data);
    } catch (cause) {
      const problem = "The output cannot be written to. Check what it is piped into.";
      const error = new ImagingError("OUTPUT_NOT_WRITABLE", "-", problem, { cause });
      throw new WriteFailure("Writing has failed.", { cause: error });
    }
    this.#map.set(position, position + data.length, status);
    this.#lba += data.length / blockBytes;
    this.#options.onProgress?.(this.#map, position);
  }
}

/** Told apart from what reading throws; never seen outside. */
class WriteFailure extends Error {}
