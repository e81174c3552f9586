/**
 * What is known of a part of a disc, by the characters of GNU ddrescue's map files (ddrescue manual,
 * "Mapfile structure").
 */
export type BlockStatus = "?" | "*" | "/" | "-" | "+";

export const blockStatuses = {
  nonTried: "?",
  /** A large read has failed somewhere in it; neither edge was looked for yet. */
  nonTrimmed: "*",
  /** Between two edges that cannot be read; its sectors were not yet read one by one. */
  nonScraped: "/",
  bad: "-",
  finished: "+",
} as const satisfies Record<string, BlockStatus>;

/** A run of bytes, `end` exclusive. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly status: BlockStatus;
}

export interface StatusSummary {
  readonly bytes: number;
  /** How many runs there are of it. */
  readonly areas: number;
}

/**
 * Which bytes of a disc are rescued, and what is known of the others: a gapless list of extents from
 * 0 to `size`, of which no two neighbours are of the same status.
 */
export class RescueMap {
  readonly size: number;
  #extents: Extent[];

  /** A map of `size` bytes that nothing is known of. */
  constructor(size: number) {
    this.size = size;
    this.#extents = size > 0 ? [{ start: 0, end: size, status: "?" }] : [];
  }

  get extents(): readonly Extent[] {
    return this.#extents;
  }

  /** Sets the status of the bytes from `start` on, up to and without `end`. */
  set(start: number, end: number, status: BlockStatus): void {
    if (start < 0 || end > this.size || start > end) {
      throw new RangeError(`bytes ${start} to ${end} are not within 0 to ${this.size}`);
    }
    if (start === end) return;
    const first = this.#indexAt(start);
    const last = this.#indexAt(end - 1);
    const before = this.#extents[first] as Extent;
    const after = this.#extents[last] as Extent;
    const pieces = [
      { ...before, end: start },
      { start, end, status },
      { ...after, start: end },
    ].filter((piece) => piece.start < piece.end);
    // The neighbours on both sides may be of the same status now.
    const from = Math.max(0, first - 1);
    const to = Math.min(this.#extents.length, last + 2);
    const outer = [
      ...this.#extents.slice(from, first),
      ...pieces,
      ...this.#extents.slice(last + 1, to),
    ];
    this.#extents.splice(from, to - from, ...merged(outer));
  }

  copy(): RescueMap {
    const copy = new RescueMap(this.size);
    copy.#extents = [...this.#extents];
    return copy;
  }

  statusAt(position: number): BlockStatus {
    return (this.#extents[this.#indexAt(position)] as Extent).status;
  }

  /** The first extent of a status that ends behind `from`, cut off before `from`. */
  next(status: BlockStatus, from = 0): Extent | undefined {
    for (let index = this.#indexAt(from); index < this.#extents.length; index++) {
      const extent = this.#extents[index] as Extent;
      if (extent.status === status) return { ...extent, start: Math.max(extent.start, from) };
    }
    return undefined;
  }

  /** The last extent of a status that begins before `until`, cut off at `until`. */
  previous(status: BlockStatus, until = this.size): Extent | undefined {
    for (let index = this.#indexAt(until - 1); index >= 0; index--) {
      const extent = this.#extents[index] as Extent;
      if (extent.status === status) return { ...extent, end: Math.min(extent.end, until) };
    }
    return undefined;
  }

  summary(status: BlockStatus): StatusSummary {
    const runs = this.#extents.filter((extent) => extent.status === status);
    const bytes = runs.reduce((sum, { start, end }) => sum + end - start, 0);
    return { bytes, areas: runs.length };
  }

  get isComplete(): boolean {
    return this.#extents.every(({ status }) => status === "+");
  }

  /** The extent that a byte lies in; behind the end, the number of extents. */
  #indexAt(position: number): number {
    let low = 0;
    let high = this.#extents.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#extents[middle] as Extent).end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function merged(extents: readonly Extent[]): Extent[] {
  const result: Extent[] = [];
  for (const extent of extents) {
    const last = result.at(-1);
    if (last?.status === extent.status) result[result.length - 1] = { ...last, end: extent.end };
    else result.push(extent);
  }
  return result;
}
