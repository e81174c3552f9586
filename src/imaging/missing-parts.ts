import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { blockStatuses, type RescueMap, type StatusSummary } from "./rescue-map.js";

type StatusName = keyof typeof blockStatuses;

/** How much there is of each status. */
export type RescueSummary = Readonly<Record<StatusName, StatusSummary>>;

/** A part that is missing, in blocks, `endLba` exclusive. */
export interface MissingPart {
  readonly lba: number;
  readonly endLba: number;
  readonly status: Exclude<StatusName, "finished">;
}

const names = Object.keys(blockStatuses) as StatusName[];

export function summaryOf(map: RescueMap): RescueSummary {
  const summaries = names.map((name) => [name, map.summary(blockStatuses[name])]);
  return Object.fromEntries(summaries) as RescueSummary;
}

export function missingParts(map: RescueMap): MissingPart[] {
  return map.extents.flatMap(({ start, end, status }) => {
    const name = names.find((candidate) => blockStatuses[candidate] === status);
    if (name === undefined || name === "finished") return [];
    return { lba: start / blockBytes, endLba: end / blockBytes, status: name };
  });
}
