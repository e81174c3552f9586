import { opticalBlockLength, read10 } from "../scsi/read.js";
import type { Executor } from "../scsi/executor.js";
import { isSenseError } from "../scsi/sense-error.js";
import { TransportError } from "../transport/errors.js";
import { UsbTransferError } from "../usb/errors.js";
import { DriveError } from "./errors.js";
import { readAhead } from "./read-ahead.js";
import { TransferSizing } from "./transfer-sizing.js";

/** READ (10) counts its blocks in 16 bits. */
const maxBlocksPerCommand = 0xffff;

/**
 * How many chunks are fetched before they are asked for: one keeps the drive busy while another is
 * consumed. More was measured to be slower, since it spreads over more memory.
 */
const chunksAhead = 1;

export interface ReadRange {
  /** The first logical block. */
  readonly lba: number;
  /** How many blocks to read. */
  readonly blocks: number;
  readonly signal?: AbortSignal;
  /**
   * Reads into the same memory again and again: each chunk is only good until the next one is asked
   * for. Without it, every chunk is the caller's to keep.
   */
  readonly recycle?: boolean;
}

/** Reads runs of blocks from one drive, and remembers which transfer size it bears. */
export class DiscReader {
  readonly #executor: Executor;
  readonly #sizing: TransferSizing;

  constructor(executor: Executor, maxTransferBytes: number) {
    this.#executor = executor;
    this.#sizing = new TransferSizing(
      Math.min(maxTransferBytes, maxBlocksPerCommand * opticalBlockLength),
      opticalBlockLength,
    );
  }

  /** The blocks in order, in chunks of whole blocks. Ends only once all of them were read. */
  read({
    lba,
    blocks,
    signal,
    recycle = false,
  }: ReadRange): AsyncGenerator<Uint8Array, void, void> {
    let next = lba;
    const end = lba + blocks;
    const memory = recycle ? new MemoryRing(chunksAhead + 1, this.#sizing.maxBytes) : undefined;
    return readAhead(async () => {
      if (next >= end) return undefined;
      const chunk = await this.#readChunk(next, end - next, memory, signal);
      next += chunk.length / opticalBlockLength;
      return chunk;
    }, chunksAhead);
  }

  /** At least one block from `lba` on, and at most `blocks`. */
  async #readChunk(
    lba: number,
    blocks: number,
    memory?: MemoryRing,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    // Taken once: a second, smaller try must not take the piece that the consumer holds.
    const into = memory?.next();
    for (;;) {
      const asked = Math.min(this.#sizing.bytes / opticalBlockLength, blocks);
      const startedAt = performance.now();
      try {
        const command = { ...read10(lba, asked), ...(into && { into }) };
        const data = await this.#executor.execute(command, signal ? { signal } : {});
        const whole = Math.floor(data.length / opticalBlockLength);
        if (whole === 0) throw shortRead(lba, asked, data.length);
        if (whole < asked) this.#sizing.failed();
        else if (asked * opticalBlockLength === this.#sizing.bytes) {
          this.#sizing.succeeded(performance.now() - startedAt);
        }
        return data.subarray(0, whole * opticalBlockLength);
      } catch (error) {
        if (!mayBeTooLarge(error) || !this.#sizing.failed()) throw error;
      }
    }
  }
}

/** A few pieces of memory in turn: one is with the consumer while the others are being filled. */
class MemoryRing {
  readonly #pieces: readonly Uint8Array[];
  #turn = 0;

  constructor(count: number, length: number) {
    this.#pieces = Array.from({ length: count }, () => new Uint8Array(length));
  }

  /** The piece that has been unused for longest. */
  next(): Uint8Array | undefined {
    this.#turn = (this.#turn + 1) % this.#pieces.length;
    return this.#pieces[this.#turn];
  }
}

/** Whether a smaller transfer may succeed where this one failed. */
function mayBeTooLarge(error: unknown): boolean {
  return (
    error instanceof TransportError ||
    error instanceof UsbTransferError ||
    isSenseError(error, "invalidField") ||
    (error instanceof DriveError && error.code === "SHORT_READ")
  );
}

function shortRead(lba: number, blocks: number, bytes: number): DriveError {
  return new DriveError(
    "SHORT_READ",
    `The drive sent ${bytes} bytes where ${blocks} blocks from LBA ${lba} on were asked for, and ` +
      `called it good. Try another USB port; if it stays so, its bridge is at fault.`,
  );
}
