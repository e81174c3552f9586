import type { Medium } from "../drive/medium.js";
import type { OpticalDrive } from "../drive/optical-drive.js";
import type { HashName } from "../imaging/image-hashes.js";
import type { RescueProgress, RescueResult } from "../imaging/rescue-disc.js";
import type { StreamDiscResult } from "../imaging/stream-disc.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { UsbDvdError } from "../errors.js";
import { formatBytes, formatDuration, formatRate, formatSpeed } from "./format.js";
import type { Output } from "./output.js";
import { createProgress } from "./progress.js";

/** Tells of a read while it goes on, and of its end. */
export interface ReadReport {
  progress(progress: RescueProgress): void;
  finished(result: RescueResult | StreamDiscResult, seconds: number): void;
  failed(error: unknown, isKept: boolean): void;
}

export interface ReportedRead {
  readonly drive: OpticalDrive;
  readonly medium: Medium;
  /** Where to; `-` for standard output. */
  readonly path: string;
  /** Bytes that are wanted. */
  readonly bytes: number;
  readonly hashes: readonly HashName[];
}

/** For people: the progress on standard error, the hashes on `stdout`. */
export function textReport(stdout: Output, stderr: Output, subject: ReportedRead): ReadReport {
  const { medium, path, bytes, hashes } = subject;
  const { kind } = medium;
  stderr.note(`Reading ${medium.name}, ${formatBytes(bytes)}, to ${path}`);
  const progress = createProgress(stderr, bytes, kind);
  let before: number | undefined;
  let last = 0;
  return {
    progress({ map, state }) {
      last = bytes - (map.size - map.summary("+").bytes);
      before ??= last;
      progress.update({ bytesDone: last, map, status: state.status, pass: state.pass });
    },
    finished(result, seconds) {
      progress.stop();
      const read = last - (before ?? 0);
      const rate = Math.max(read, 0) / seconds;
      const speed = kind === undefined ? "" : ` (${formatSpeed(rate, kind)})`;
      const resumed = "wasResumed" in result && result.wasResumed;
      const what = resumed ? "Done" : formatBytes(bytes - result.missingBytes);
      stderr.note(`${what} in ${formatDuration(seconds)}, ${formatRate(rate)}${speed}`);
      for (const { lba, endLba, status } of result.missing.slice(0, mostPartsShown)) {
        stderr.line(`  missing: blocks ${lba} to ${endLba - 1} (${partNames[status]})`);
      }
      const more = result.missing.length - mostPartsShown;
      if (more > 0) stderr.line(`  and ${more} more parts`);
      for (const name of hashes) stdout.line(`${result.hashes[name] ?? ""}  ${path}`);
    },
    failed(_error, isKept) {
      progress.stop();
      if (isKept) stderr.note("What was read is kept: the same command goes on.");
    },
  };
}

const mostPartsShown = 10;
const partNames = {
  bad: "bad",
  nonTrimmed: "skipped",
  nonScraped: "skipped",
  nonTried: "not tried",
} as const;

const progressIntervalMs = 1_000;

/** For programs: one JSON object a line, each with its `event`. */
export function jsonReport(
  output: Output,
  { drive, medium, path, bytes }: ReportedRead,
): ReadReport {
  const emit = (event: string, facts: object): void =>
    output.line(JSON.stringify({ event, ...facts }));
  const { vendor, product, revision, serialNumber, usb } = drive.identity;
  emit("started", {
    path,
    drive: { vendor, product, revision, serialNumber, location: usb.location },
    disc: { name: medium.name, blocks: medium.blocks, bytes: medium.bytes },
    bytes,
  });
  let nextAt = performance.now() + progressIntervalMs;
  return {
    progress({ map, state }) {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + progressIntervalMs;
      const bad = map.summary("-");
      emit("progress", {
        bytesDone: bytes - (map.size - map.summary("+").bytes),
        bytes,
        lba: Math.floor(state.position / blockBytes),
        status: state.status,
        pass: state.pass,
        badBytes: bad.bytes,
        badAreas: bad.areas,
      });
    },
    finished: (result, seconds) => {
      const { speeds: _, ...facts } = result;
      emit("finished", { path, blocks: medium.blocks, seconds, ...facts });
    },
    failed: (error, isKept) => {
      const code = error instanceof UsbDvdError ? error.code : "UNKNOWN";
      emit("failed", { path, code, message: (error as Error).message, isKept });
    },
  };
}
