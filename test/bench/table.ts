/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError("nothing has no median");
  return middle;
}

/** Times by contender, in seconds, as a table of text: medians, and how many times the first's rate. */
export function table(
  title: string,
  bytes: number,
  seconds: ReadonlyMap<string, readonly number[]>,
): string {
  const medians = [...seconds].map(([name, times]) => ({ name, times, middle: median(times) }));
  const first = medians[0]?.middle ?? Number.NaN;
  const rows = medians.map(({ name, times, middle }) =>
    [
      name.padEnd(24),
      `${middle.toFixed(2)} s`.padStart(10),
      `${(bytes / middle / 1e6).toFixed(1)} MB/s`.padStart(12),
      `x ${(first / middle).toFixed(2)}`.padStart(8),
      `   (${times.map((time) => time.toFixed(2)).join(" ")})`,
    ].join(""),
  );
  return [`${title}, ${bytes / 2 ** 20} MiB`, ...rows].join("\n");
}
