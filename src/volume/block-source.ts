import type { ReadRange } from "../drive/disc-reader.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { isSenseError } from "../scsi/sense-error.js";
import { damaged } from "./errors.js";

/** What the blocks come from: an `OpticalDrive`. */
export interface BlockSource {
  read(range: ReadRange): AsyncGenerator<Uint8Array, void, void>;
}

/** Blocks that are read together: a file system keeps together what is asked for in turn. */
const groupBlocks = 16;
/** 8 MiB. */
const mostGroups = 256;

/** The blocks that tell of files, read when they are needed, a few more at a time, and kept. */
export class BlockCache {
  /** How many blocks the disc has. */
  readonly blocks: number;
  readonly #source: BlockSource;
  readonly #signal: AbortSignal | undefined;
  readonly #groups = new Map<number, Uint8Array>();

  constructor(source: BlockSource, blocks: number, signal?: AbortSignal) {
    this.#source = source;
    this.blocks = blocks;
    this.#signal = signal;
  }

  /** One block. Throws `VolumeError` where it is beyond the disc, and what reading throws. */
  async block(lba: number, what: string): Promise<Uint8Array> {
    if (lba >= this.blocks) {
      throw damaged(what, `is said to be at block ${lba}, and the disc has ${this.blocks}`);
    }
    const first = lba - (lba % groupBlocks);
    const known = this.#groups.get(first);
    const group = known ?? (await this.#readGroup(first));
    if (group === undefined) return this.#read(lba, 1);
    // The one used last is the last to go.
    this.#groups.delete(first);
    this.#groups.set(first, group);
    if (this.#groups.size > mostGroups) {
      const [oldest] = this.#groups.keys();
      this.#groups.delete(oldest ?? 0);
    }
    const start = (lba - first) * blockBytes;
    return group.subarray(start, start + blockBytes);
  }

  /** So many bytes from the beginning of a block on. */
  async bytes(lba: number, length: number, what: string): Promise<Uint8Array> {
    const data = new Uint8Array(length);
    for (let filled = 0; filled < length; filled += blockBytes) {
      const block = await this.block(lba + filled / blockBytes, what);
      data.set(block.subarray(0, length - filled), filled);
    }
    return data;
  }

  /** Undefined where one of the blocks cannot be read: it need not be the one that is wanted. */
  async #readGroup(first: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#read(first, Math.min(groupBlocks, this.blocks - first));
    } catch (error) {
      if (isSenseError(error, "mediumError") || isSenseError(error, "illegalRequest")) {
        return undefined;
      }
      throw error;
    }
  }

  async #read(lba: number, blocks: number): Promise<Uint8Array> {
    const data = new Uint8Array(blocks * blockBytes);
    let filled = 0;
    const range = { lba, blocks, ...(this.#signal && { signal: this.#signal }) };
    for await (const chunk of this.#source.read(range)) {
      data.set(chunk, filled);
      filled += chunk.length;
    }
    return data;
  }
}
