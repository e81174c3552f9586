import { SingleBar } from "cli-progress";
import {
  formatBytes,
  formatDuration,
  formatRate,
  formatSpeed,
  type SpeedFamily,
} from "./format.js";
import type { Output } from "./output.js";

/** Seconds between two lines where there is no terminal to draw on. */
const lineIntervalSeconds = 5;

/** Shows how far a long operation has come. */
export interface Progress {
  update(bytesDone: number): void;
  /** Leaves the terminal as it was found; also after a failure. */
  stop(): void;
}

/** A bar on a terminal, a plain line every few seconds elsewhere. */
export function createProgress(
  output: Output,
  bytesTotal: number,
  family: SpeedFamily | undefined,
): Progress {
  const clock = new RateClock(bytesTotal, family);
  return output.isTerminal ? drawnBar(output, clock) : plainLines(output, clock);
}

function drawnBar(output: Output, clock: RateClock): Progress {
  const bar = new SingleBar({
    stream: output.stream,
    format: "{bar} {percentage}%  {rate}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 16,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
  });
  bar.start(clock.bytesTotal, 0, { rate: "" });
  return {
    update: (bytesDone) => bar.update(bytesDone, { rate: clock.describe(bytesDone) }),
    stop: () => bar.stop(),
  };
}

function plainLines(output: Output, clock: RateClock): Progress {
  let nextLineAt = lineIntervalSeconds;
  return {
    update(bytesDone) {
      if (clock.seconds < nextLineAt) return;
      nextLineAt = clock.seconds + lineIntervalSeconds;
      const percentage = Math.floor((100 * bytesDone) / clock.bytesTotal);
      output.line(`${percentage}%  ${clock.describe(bytesDone)}`);
    },
    stop: () => undefined,
  };
}

/** Turns bytes done into a rate, an x-speed and the time that is left. */
class RateClock {
  readonly bytesTotal: number;
  readonly #family: SpeedFamily | undefined;
  readonly #startedAt = performance.now();

  constructor(bytesTotal: number, family: SpeedFamily | undefined) {
    this.bytesTotal = bytesTotal;
    this.#family = family;
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  describe(bytesDone: number): string {
    const rate = bytesDone / Math.max(this.seconds, 0.001);
    const parts = [
      `${formatBytes(bytesDone)} of ${formatBytes(this.bytesTotal)}`,
      formatRate(rate),
      ...(this.#family ? [formatSpeed(rate, this.#family)] : []),
      `${formatDuration((this.bytesTotal - bytesDone) / rate)} left`,
    ];
    return parts.join("  ");
  }
}
