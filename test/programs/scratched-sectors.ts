/** The disc of `rescue-scratched.ts`. */
export const scratchedBlocks = 8_000;

/** Here and there, in a row, and at both ends. */
export const scratchedSectors: readonly number[] = [
  0,
  17,
  18,
  19,
  1_000,
  ...Array.from({ length: 40 }, (_, index) => 3_000 + index),
  5_555,
  scratchedBlocks - 1,
];
