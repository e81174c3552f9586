/** What every drive and bridge copes with, in bytes: Windows never asks for more. */
const initialBytes = 64 * 1024;

/**
 * No command is made longer once one takes this many milliseconds, so that a slow drive still shows
 * progress and can be interrupted.
 */
const comfortableMs = 250;

/**
 * How many bytes to ask for in one command: starts at 64 KiB, doubles while all goes well, and
 * never again asks for a size that has failed.
 */
export class TransferSizing {
  readonly #minBytes: number;
  #maxBytes: number;
  #bytes: number;

  /** Sizes are powers of two times 64 KiB, cut to `maxBytes`, and multiples of `blockLength`. */
  constructor(maxBytes: number, blockLength: number) {
    this.#maxBytes = Math.floor(maxBytes / blockLength) * blockLength;
    this.#minBytes = Math.min(Math.floor(initialBytes / blockLength) * blockLength, this.#maxBytes);
    this.#bytes = this.#minBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A command of the present size brought all it should, in `elapsedMs` milliseconds. */
  succeeded(elapsedMs: number): void {
    if (elapsedMs < comfortableMs) this.#bytes = Math.min(this.#bytes * 2, this.#maxBytes);
  }

  /** The present size was too much. False where there is no smaller one: then it was not the size. */
  failed(): boolean {
    if (this.#bytes <= this.#minBytes) return false;
    this.#bytes = Math.max(this.#bytes / 2, this.#minBytes);
    this.#maxBytes = this.#bytes;
    return true;
  }
}
