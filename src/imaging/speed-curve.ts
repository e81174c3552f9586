/** How fast a part of the disc was read. */
export interface SpeedSample {
  /** The first byte of the part. */
  readonly position: number;
  readonly bytesPerSecond: number;
}

const sampleCount = 500;

/** How fast a disc was read, by the place on it: a few hundred parts of the same size. */
export class SpeedCurve {
  readonly #partBytes: number;
  readonly #bytes: Float64Array;
  readonly #milliseconds: Float64Array;

  /** `size` is the disc's, in bytes. */
  constructor(size: number) {
    this.#partBytes = Math.max(1, Math.ceil(size / sampleCount));
    this.#bytes = new Float64Array(sampleCount);
    this.#milliseconds = new Float64Array(sampleCount);
  }

  /** So many bytes from `position` on have come, in so many milliseconds. */
  add(position: number, bytes: number, milliseconds: number): void {
    const middle = position + bytes / 2;
    const part = Math.min(Math.floor(middle / this.#partBytes), sampleCount - 1);
    this.#bytes[part] = (this.#bytes[part] ?? 0) + bytes;
    this.#milliseconds[part] = (this.#milliseconds[part] ?? 0) + milliseconds;
  }

  /** Of the parts that were read, in order. */
  get samples(): readonly SpeedSample[] {
    const samples: SpeedSample[] = [];
    for (const [part, bytes] of this.#bytes.entries()) {
      const milliseconds = this.#milliseconds[part] ?? 0;
      if (bytes === 0 || milliseconds === 0) continue;
      samples.push({
        position: part * this.#partBytes,
        bytesPerSecond: Math.round((1000 * bytes) / milliseconds),
      });
    }
    return samples;
  }
}
