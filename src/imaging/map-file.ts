import { ImagingError } from "./errors.js";
import { RescueMap, type BlockStatus } from "./rescue-map.js";

/**
 * What a rescue is at (ddrescue manual, "Mapfile structure"): copying, trimming, scraping, retrying,
 * or finished.
 */
export type RescueStatus = "?" | "*" | "/" | "-" | "+";

/** A map as it stands in a file. */
export interface MapFile {
  readonly map: RescueMap;
  /** Where the rescue went on, in bytes. */
  readonly position: number;
  readonly status: RescueStatus;
  /** Which pass of its kind, counted from 1. */
  readonly pass: number;
}

const statusTexts: Readonly<Record<RescueStatus, string>> = {
  "?": "Copying non-tried blocks...",
  "*": "Trimming failed blocks...",
  "/": "Scraping failed blocks...",
  "-": "Retrying bad sectors...",
  "+": "Finished",
};

/** A map in the format of GNU ddrescue 1.2x, by which its tools read it. `creator` is a comment. */
export function formatMapFile(file: MapFile, creator: string): string {
  const { map, position, status, pass } = file;
  const lines = [
    `# Mapfile. Created by ${creator}`,
    `# ${statusTexts[status]}`,
    "# current_pos  current_status  current_pass",
    `${hex(position)}     ${status}               ${pass}`,
    "#      pos        size  status",
    ...map.extents.map(
      ({ start, end, status: known }) => `${hex(start)}  ${hex(end - start)}  ${known}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Reads a map of GNU ddrescue's, or one of ours. Throws `ImagingError` (`MAP_UNREADABLE`) with the
 * line where it makes no sense; `path` is named in it.
 */
export function parseMapFile(text: string, path: string): MapFile {
  const refuse = (line: number, problem: string): never => {
    throw new ImagingError(
      "MAP_UNREADABLE",
      path,
      `${path} is no map of a rescue: line ${line} ${problem}. Restore it, or begin anew without it.`,
    );
  };
  const lines = text
    .split("\n")
    .map((line, index) => ({ number: index + 1, text: line.replace(/#.*/, "").trim() }))
    .filter((line) => line.text !== "");
  const [state, ...blocks] = lines;
  const words = state?.text.split(/\s+/) ?? [];
  const position = parseNumber(words[0]);
  // ddrescue before 1.23 had no pass.
  const pass = words[2] === undefined ? 1 : parseNumber(words[2]);
  const { 1: status = "" } = words;
  if (
    state === undefined ||
    position === undefined ||
    pass === undefined ||
    !/^[?*/\-+FG]$/.test(status)
  ) {
    return refuse(state?.number ?? 1, "does not tell how far the rescue was");
  }
  const extents = blocks.map(({ number, text: line }) => {
    const [pos, size, known = "", more] = line.split(/\s+/);
    const start = parseNumber(pos);
    const length = parseNumber(size);
    if (
      start === undefined ||
      length === undefined ||
      !isBlockStatus(known) ||
      more !== undefined
    ) {
      return refuse(number, "does not give a position, a size and a status");
    }
    return { number, start, end: start + length, status: known };
  });
  let end = 0;
  for (const extent of extents) {
    if (extent.start !== end)
      return refuse(extent.number, "leaves a gap, or overlaps the one before");
    end = extent.end;
  }
  if (!Number.isSafeInteger(end)) return refuse(lines.at(-1)?.number ?? 1, "is beyond any disc");
  const map = new RescueMap(end);
  for (const { start, end: until, status: known } of extents) map.set(start, until, known);
  return { map, position, status: isBlockStatus(status) ? status : "?", pass };
}

const hex = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(8, "0")}`;

/** As C has them: decimal, 0x and hexadecimal, 0 and octal. */
function parseNumber(text = ""): number | undefined {
  if (/^0x[0-9a-f]{1,13}$/i.test(text) || /^(0|[1-9]\d{0,15})$/.test(text)) return Number(text);
  return /^0[0-7]{1,17}$/.test(text) ? parseInt(text, 8) : undefined;
}

const isBlockStatus = (text: string): text is BlockStatus => /^[?*/\-+]$/.test(text);
