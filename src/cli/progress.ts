import { SingleBar } from "cli-progress";
import pico from "picocolors";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { RescueStatus } from "../imaging/map-file.js";
import type { RescueMap } from "../imaging/rescue-map.js";
import { areaBar } from "./area-bar.js";
import {
  formatBytes,
  formatDuration,
  formatRate,
  formatSpeed,
  type SpeedFamily,
} from "./format.js";
import type { Output } from "./output.js";
import { RateMeter } from "./rate-meter.js";

/** Seconds between two lines where there is no terminal to draw on. */
const lineIntervalSeconds = 5;
const narrowestBar = 10;
const widestBar = 60;

/** How far a long operation has come. */
export interface ProgressState {
  readonly bytesDone: number;
  /** What is known of the disc, where that is to be seen. */
  readonly map?: RescueMap;
  /** What is being done, where it is not the plain copy. */
  readonly status?: RescueStatus;
  readonly pass?: number;
}

/** Shows how far a long operation has come. */
export interface Progress {
  update(state: ProgressState): void;
  /** Leaves the terminal as it was found; also after a failure. */
  stop(): void;
}

/** A bar on a terminal, a plain line every few seconds elsewhere. */
export function createProgress(
  output: Output,
  bytesTotal: number,
  family: SpeedFamily | undefined,
): Progress {
  const meter = new RateMeter(bytesTotal);
  const describe = (state: ProgressState): string[] => parts(state, bytesTotal, meter, family);
  if (output.isQuiet) return { update: () => undefined, stop: () => undefined };
  return output.isTerminal
    ? drawnBar(output, bytesTotal, meter, describe)
    : plainLines(output, meter, describe);
}

function drawnBar(
  output: Output,
  bytesTotal: number,
  meter: RateMeter,
  describe: (state: ProgressState) => string[],
): Progress {
  const colours = pico.createColors(output.hasColours);
  let state: ProgressState = { bytesDone: 0 };
  const format = (): string => {
    const text = describe(state).join("  ");
    const room = output.columns - text.length - 3;
    const width = Math.min(widestBar, room);
    if (width < narrowestBar) return text.slice(0, output.columns - 1);
    if (state.map) return `${areaBar(state.map, width, colours)}  ${text}`;
    const done = Math.round((width * state.bytesDone) / Math.max(bytesTotal, 1));
    return `${colours.green("█".repeat(done))}${colours.gray("░".repeat(width - done))}  ${text}`;
  };
  const bar = new SingleBar({
    ...{ stream: output.stream, format, hideCursor: true, clearOnComplete: true },
    ...{ linewrap: false, etaBuffer: 1 },
  });
  bar.start(bytesTotal, 0);
  return {
    update(next) {
      state = next;
      meter.update(next.bytesDone);
      bar.update(next.bytesDone);
    },
    stop: () => bar.stop(),
  };
}

function plainLines(
  output: Output,
  meter: RateMeter,
  describe: (state: ProgressState) => string[],
): Progress {
  let nextLineAt = lineIntervalSeconds;
  return {
    update(state) {
      meter.update(state.bytesDone);
      if (meter.seconds < nextLineAt) return;
      nextLineAt = meter.seconds + lineIntervalSeconds;
      output.line(describe(state).join("  "));
    },
    stop: () => undefined,
  };
}

const activities: Readonly<Record<RescueStatus, string | undefined>> = {
  "?": undefined,
  "*": "trimming",
  "/": "scraping",
  "-": "retrying",
  "+": undefined,
};

function parts(
  { bytesDone, map, status = "?", pass = 1 }: ProgressState,
  bytesTotal: number,
  meter: RateMeter,
  family: SpeedFamily | undefined,
): string[] {
  const rate = meter.bytesPerSecond;
  const left = meter.secondsLeft;
  const bad = map?.summary("-").bytes ?? 0;
  const activity = activities[status];
  // Rounded down: 100 % is for what is complete.
  const percentage = bytesTotal === 0 ? 100 : Math.floor((100 * bytesDone) / bytesTotal);
  return [
    `${String(percentage).padStart(3)}%`,
    formatBytes(bytesDone),
    formatRate(rate),
    ...(family ? [formatSpeed(rate, family)] : []),
    ...(Number.isFinite(left) ? [`${formatDuration(left)} left`] : []),
    ...(activity === undefined ? [] : [status === "-" ? `${activity} (${pass})` : activity]),
    ...(bad > 0 ? [`${bad / blockBytes} bad`] : []),
  ];
}
