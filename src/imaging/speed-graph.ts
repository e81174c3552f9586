import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { MissingPart } from "./missing-parts.js";
import type { SpeedSample } from "./speed-curve.js";

export interface SpeedGraphFacts {
  readonly title: string;
  /** Bytes that the disc has. */
  readonly size: number;
  readonly samples: readonly SpeedSample[];
  readonly missing: readonly MissingPart[];
  /** Bytes a second of the medium's single speed, for the second scale. */
  readonly singleSpeed?: number | undefined;
}

const width = 960;
const height = 400;
const margin = { top: 48, right: 64, bottom: 56, left: 64 } as const;
const gigabyte = 1e9;
const megabyte = 1e6;

const colours = {
  curve: "#2563eb",
  curveArea: "#2563eb1f",
  bad: "#dc2626",
  skipped: "#f59e0b",
  nonTried: "#d1d5db",
  grid: "#e5e7eb",
  text: "#374151",
} as const;

const partColours: Readonly<Record<MissingPart["status"], string>> = {
  bad: colours.bad,
  nonTrimmed: colours.skipped,
  nonScraped: colours.skipped,
  nonTried: colours.nonTried,
};

/**
 * How fast a disc was read over its length, as an SVG document: the speed as a curve, and behind it
 * what is bad in red, what was skipped in amber, and what was not tried in grey.
 */
export function speedGraph(facts: SpeedGraphFacts): string {
  const { size, samples, singleSpeed } = facts;
  const fastest = Math.max(megabyte, ...samples.map(({ bytesPerSecond }) => bytesPerSecond));
  const x = scaleLinear([0, Math.max(size, 1)], [margin.left, width - margin.right]);
  const y = scaleLinear([0, fastest], [height - margin.bottom, margin.top]).nice();
  const bottom = height - margin.bottom;
  const right = width - margin.right;

  const grid = y.ticks(6).map((speed) => {
    const at = y(speed).toFixed(1);
    const times = singleSpeed === undefined ? "" : `${(speed / singleSpeed).toFixed(1)}x`;
    return (
      `<line x1="${margin.left}" y1="${at}" x2="${right}" y2="${at}" stroke="${colours.grid}"/>` +
      label(margin.left - 8, y(speed) + 4, "end", (speed / megabyte).toFixed(0)) +
      label(right + 8, y(speed) + 4, "start", times)
    );
  });
  const places = scaleLinear([0, Math.max(size, 1) / gigabyte], x.range())
    .ticks(8)
    .map((place) => label(x(place * gigabyte), bottom + 20, "middle", String(place)));
  const parts = facts.missing.map(({ lba, endLba, status }) => {
    const [from, to] = [x(lba * blockBytes), x(endLba * blockBytes)];
    // One bad sector of millions is to be seen as well.
    const wide = Math.max(to - from, 1.5);
    return (
      `<rect x="${from.toFixed(1)}" y="${margin.top}" width="${wide.toFixed(1)}" ` +
      `height="${bottom - margin.top}" fill="${partColours[status]}"><title>blocks ${lba} to ` +
      `${endLba - 1}: ${status}</title></rect>`
    );
  });
  const atX = ({ position }: SpeedSample): number => x(position);
  const atY = ({ bytesPerSecond }: SpeedSample): number => y(bytesPerSecond);
  const below = area<SpeedSample>(atX, bottom, atY)([...samples]) ?? "";
  const curve = line<SpeedSample>(atX, atY)([...samples]) ?? "";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(facts.title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="24" font-size="15" fill="${colours.text}">${escaped(facts.title)}</text>`,
    ...parts,
    ...grid,
    `<path d="${below}" fill="${colours.curveArea}"/>`,
    `<path d="${curve}" fill="none" stroke="${colours.curve}" stroke-width="1.5"/>`,
    ...places,
    label((margin.left + right) / 2, height - 14, "middle", "position in GB"),
    label(margin.left, margin.top - 10, "middle", "MB/s"),
    `</svg>`,
    ``,
  ].join("\n");
}

function label(x: number, y: number, anchor: "start" | "middle" | "end", text: string): string {
  return (
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ` +
    `fill="${colours.text}">${escaped(text)}</text>`
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
