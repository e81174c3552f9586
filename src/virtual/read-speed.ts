/** DVD 16x, 8x, 4x and 2x in kB/s of 1000 bytes; 1x is 1385. */
const dvdSpeeds = [22_160, 11_080, 5540, 2770];

/** The speeds a drive reads at, in kB/s, and the one it was told to read at. */
export class ReadSpeed {
  /** Fastest first. */
  readonly supported: readonly number[];
  #current: number;

  constructor(supported: readonly number[] = dvdSpeeds) {
    if (supported.length === 0) throw new RangeError("A drive reads at one speed at least.");
    this.supported = [...supported].sort((a, b) => b - a);
    this.#current = this.fastest;
  }

  get fastest(): number {
    return this.supported[0] ?? 0;
  }

  get current(): number {
    return this.#current;
  }

  /** The fastest speed that is not above `limit`, or else the slowest there is (MMC-6). */
  limitTo(limit: number): void {
    const slowest = this.supported[this.supported.length - 1] ?? 0;
    this.#current = this.supported.find((speed) => speed <= limit) ?? slowest;
  }
}
