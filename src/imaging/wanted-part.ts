import { RescueMap, type BlockStatus } from "./rescue-map.js";

/** A run of bytes, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is wanted of a disc, beside what is known of all of it. */
export class WantedPart {
  /** What is known of what is wanted; the rest is as if it were rescued. */
  readonly map: RescueMap;
  /** What is known of the whole disc. */
  readonly known: RescueMap;

  /** Without ranges, all of the disc is wanted. */
  constructor(known: RescueMap, ranges: readonly ByteRange[] | undefined) {
    this.known = known;
    this.map = ranges ? onlyWithin(ranges, known) : known;
  }

  set(start: number, end: number, status: BlockStatus): void {
    this.map.set(start, end, status);
    if (this.known !== this.map) this.known.set(start, end, status);
  }
}

function onlyWithin(ranges: readonly ByteRange[], known: RescueMap): RescueMap {
  const map = new RescueMap(known.size);
  map.set(0, known.size, "+");
  for (const range of ranges) {
    for (const { start, end, status } of known.extents) {
      const [from, to] = [Math.max(start, range.start), Math.min(end, range.end)];
      if (from < to) map.set(from, to, status);
    }
  }
  return map;
}
