/** What every drive and bridge copes with, in bytes: Windows never asks for more. */
const initialBytes = 64 * 1024;

/**
 * Below this many milliseconds a command is made longer in any case. Above, what it costs to send one
 * is next to nothing at most drives, and several drives at once should not crowd each other out of the
 * system's memory for USB transfers.
 */
const comfortableMs = 50;

/**
 * Above `comfortableMs`, a longer command must have been this many times as fast: over a network the
 * way there and back may be most of what it takes.
 */
const worthwhileGain = 1.25;

/** No command is made longer once one takes this many milliseconds: it could hardly be interrupted. */
const longestMs = 1_000;

/**
 * How many bytes to ask for in one command: starts at 64 KiB, doubles while that makes reading faster,
 * and never again asks for a size that has failed.
 */
export class TransferSizing {
  readonly #minBytes: number;
  #maxBytes: number;
  #bytes: number;
  /** Bytes a millisecond at the size before this one, as long as this one has still to prove itself. */
  #rateToBeat: number | undefined = 0;

  /** Sizes are powers of two times 64 KiB, cut to `maxBytes`, and multiples of `blockLength`. */
  constructor(maxBytes: number, blockLength: number) {
    this.#maxBytes = Math.floor(maxBytes / blockLength) * blockLength;
    this.#minBytes = Math.min(Math.floor(initialBytes / blockLength) * blockLength, this.#maxBytes);
    this.#bytes = this.#minBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The largest size that it will ever say, as far as is known by now. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** A command of the present size brought all it should, in `elapsedMs` milliseconds. */
  succeeded(elapsedMs: number): void {
    const rate = this.#bytes / elapsedMs;
    const isFaster = rate > (this.#rateToBeat ?? Infinity) * worthwhileGain;
    const grows = elapsedMs < comfortableMs || (isFaster && elapsedMs < longestMs);
    this.#rateToBeat = grows ? rate : undefined;
    if (grows) this.#bytes = Math.min(this.#bytes * 2, this.#maxBytes);
  }

  /** The present size was too much. False where there is no smaller one: then it was not the size. */
  failed(): boolean {
    if (this.#bytes <= this.#minBytes) return false;
    this.#bytes = Math.max(this.#bytes / 2, this.#minBytes);
    this.#maxBytes = this.#bytes;
    return true;
  }
}
