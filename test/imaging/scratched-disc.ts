import type { ReadRange } from "../../src/drive/disc-reader.js";
import type { RescueSource } from "../../src/imaging/rescue.js";
import { commandWithoutData } from "../../src/scsi/command.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { SenseError } from "../../src/scsi/sense-error.js";

export const blockBytes = 2048;

/** A disc of which some sectors cannot be read, some only after a few tries, and some are refused. */
export interface Scratches {
  readonly bad?: ReadonlySet<number>;
  /** How many tries fail first, by LBA. */
  readonly reluctant?: ReadonlyMap<number, number>;
  readonly guarded?: ReadonlySet<number>;
}

export function blockOf(lba: number): Buffer {
  const block = Buffer.alloc(blockBytes, lba & 0xff);
  block.writeUInt32BE(lba);
  return block;
}

/** Reads as an optical drive does: whole commands that succeed or fail, with chunks ahead of them. */
export class ScratchedDisc implements RescueSource {
  readonly reads: { readonly lba: number; readonly blocks: number }[] = [];
  readonly #scratches: Scratches;
  readonly #tries = new Map<number, number>();
  readonly #chunkBlocks: number;

  constructor(scratches: Scratches, chunkBlocks = 16) {
    this.#scratches = scratches;
    this.#chunkBlocks = chunkBlocks;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as the drive's, which does await
  async *read({ lba, blocks, signal }: ReadRange): AsyncGenerator<Uint8Array, void, void> {
    for (let done = 0; done < blocks; done += this.#chunkBlocks) {
      signal?.throwIfAborted();
      const count = Math.min(this.#chunkBlocks, blocks - done);
      yield this.#command(lba + done, count);
    }
  }

  #command(lba: number, count: number): Uint8Array {
    this.reads.push({ lba, blocks: count });
    const { bad, reluctant, guarded } = this.#scratches;
    for (let at = lba; at < lba + count; at++) {
      if (guarded?.has(at)) throw senseError("05 6f 03");
      if (bad?.has(at)) throw senseError("03 11 00");
      const tries = this.#tries.get(at) ?? 0;
      if (tries < (reluctant?.get(at) ?? 0)) {
        this.#tries.set(at, tries + 1);
        throw senseError("03 02 00");
      }
    }
    return Buffer.concat(Array.from({ length: count }, (_, index) => blockOf(lba + index)));
  }
}

/** Sense data of the fixed format with this key, ASC and ASCQ. */
export function senseError(codes: string): SenseError {
  const [key = 0, asc = 0, ascq = 0] = codes.split(" ").map((code) => parseInt(code, 16));
  const data = new Uint8Array(18);
  data.set([0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq]);
  return new SenseError(commandWithoutData("READ (10)", new Uint8Array(10)), decodeSense(data));
}
