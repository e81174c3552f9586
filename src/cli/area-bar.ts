import type { Colors } from "picocolors/types.js";
import type { BlockStatus, RescueMap } from "../imaging/rescue-map.js";

/** What a cell of the bar shows: the worst of what is known of its part of the disc. */
const cells = {
  "-": { glyph: "×", colour: "red" },
  "*": { glyph: "▒", colour: "yellow" },
  "/": { glyph: "▒", colour: "yellow" },
  "+": { glyph: "█", colour: "green" },
  "?": { glyph: "░", colour: "gray" },
} as const satisfies Record<BlockStatus, { glyph: string; colour: keyof Colors }>;

/** Worst first. What is bad shows even if it is one sector of millions. */
const byUrgency: readonly BlockStatus[] = ["-", "*", "/"];

/** A bar in which done (█), bad (×), skipped (▒) and untried (░) parts of a disc show. */
export function areaBar(map: RescueMap, width: number, colours: Colors): string {
  const found = Array.from({ length: width }, () => new Set<BlockStatus>());
  const done = new Float64Array(width);
  const cellBytes = Math.max(map.size, 1) / width;
  for (const { start, end, status } of map.extents) {
    const last = Math.min(width - 1, Math.floor((end - 1) / cellBytes));
    for (let cell = Math.floor(start / cellBytes); cell <= last; cell++) {
      found[cell]?.add(status);
      if (status !== "+") continue;
      const [from, to] = [Math.max(start, cell * cellBytes), Math.min(end, (cell + 1) * cellBytes)];
      done[cell] = (done[cell] ?? 0) + to - from;
    }
  }
  const statuses = found.map((statusesOfCell, cell): BlockStatus => {
    const urgent = byUrgency.find((status) => statusesOfCell.has(status));
    return urgent ?? ((done[cell] ?? 0) >= cellBytes / 2 ? "+" : "?");
  });
  return statuses.map((status) => colours[cells[status].colour](cells[status].glyph)).join("");
}
