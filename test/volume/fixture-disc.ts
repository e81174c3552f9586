import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import type { ReadRange } from "../../src/drive/disc-reader.js";
import type { BlockSource } from "../../src/volume/index.js";

export type FixtureName = "xorriso" | "genisoimage" | "mkudffs-1.02" | "mkudffs-2.01";

/** A disc that a program of others has made; see `discs/README.md`. */
export function fixture(name: FixtureName): Buffer {
  return gunzipSync(readFileSync(join(import.meta.dirname, "discs", `${name}.iso.gz`)));
}

/** Blocks from memory, and which of them were asked for. */
export class MemoryDisc implements BlockSource {
  readonly image: Uint8Array;
  readonly asked = new Set<number>();

  constructor(image: Uint8Array) {
    this.image = image;
  }

  get blocks(): number {
    return this.image.length / 2048;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as a drive's, which does await
  async *read({ lba, blocks }: ReadRange): AsyncGenerator<Uint8Array, void, void> {
    for (let block = lba; block < lba + blocks; block++) this.asked.add(block);
    if (lba + blocks > this.blocks)
      throw new Error(`blocks ${lba} to ${lba + blocks} do not exist`);
    const chunk = 16;
    for (let done = 0; done < blocks; done += chunk) {
      const end = lba + Math.min(blocks, done + chunk);
      yield this.image.subarray((lba + done) * 2048, end * 2048);
    }
  }
}
