import { writeFile } from "node:fs/promises";
import type { Medium } from "../drive/medium.js";
import type { OpticalDrive } from "../drive/optical-drive.js";
import { ImagingError } from "../imaging/errors.js";
import type { HashName } from "../imaging/image-hashes.js";
import { outputFailure } from "../imaging/output-failure.js";
import { rescueDisc, type RescueResult } from "../imaging/rescue-disc.js";
import { saveSidecar } from "../imaging/sidecar.js";
import { speedGraph } from "../imaging/speed-graph.js";
import { streamDisc, type StreamDiscResult } from "../imaging/stream-disc.js";
import type { ByteRange } from "../imaging/wanted-part.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { CliContext } from "./context.js";
import { singleSpeeds } from "./format.js";
import type { ReadReport } from "./read-report.js";
import { speedFor, type WantedSpeed } from "./read-speed.js";

/** How a disc is to be read, and where to. */
export interface ReadOptions {
  readonly force?: boolean;
  /** How often bad sectors are tried again. */
  readonly retries: number;
  readonly retrySpeed?: WantedSpeed;
  /** False for the large reads alone. */
  readonly retry: boolean;
  /** Milliseconds after which to end. */
  readonly maxTime?: number;
  /** What stands for sectors that cannot be read. */
  readonly fill?: Uint8Array;
  readonly hash: readonly HashName[];
  /** Where to draw the speed. */
  readonly graph?: string;
  /** False where no facts are to be written beside the image. */
  readonly sidecar: boolean;
  /** What the map says it was made by. */
  readonly creator: string;
}

/** What a read is of, once the drive and its disc are known. */
export interface ReadSubject {
  readonly drive: OpticalDrive;
  readonly medium: Medium;
  readonly path: string;
  readonly ranges: readonly ByteRange[] | undefined;
}

/** To a file, with its map and the facts beside it. */
export async function readToFile(
  { signal }: CliContext,
  subject: ReadSubject,
  options: ReadOptions,
  report: ReadReport,
): Promise<RescueResult> {
  const { drive, medium, path, ranges } = subject;
  const { retrySpeed, maxTime, fill, creator } = options;
  const availableSpeeds = await drive.readSpeeds();
  const slower = retrySpeed && speedFor(medium.kind, retrySpeed);
  const startedAt = new Date();
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  try {
    const result = await rescueDisc(drive, path, {
      blocks: medium.blocks,
      signal,
      overwrite: options.force ?? false,
      retries: options.retries,
      onlyCopy: !options.retry,
      hashes: options.hash,
      creator,
      onProgress: (progress) => report.progress(progress),
      ...(ranges && { ranges }),
      ...(medium.layerBreakLba !== undefined && { layerBreak: medium.layerBreakLba * blockBytes }),
      ...(typeof slower === "number" && { retrySpeed: slower }),
      ...(maxTime !== undefined && { maxTimeMs: maxTime }),
      ...(fill && { fill }),
    });
    if (options.sidecar) {
      const times = { startedAt, seconds: seconds() };
      await saveSidecar(path, {
        drive: drive.identity,
        medium,
        result,
        ranges,
        availableSpeeds,
        creator,
        ...times,
      });
    }
    report.finished(result, seconds());
    return result;
  } catch (error) {
    report.failed(error, !(error instanceof ImagingError) || error.code === "OUTPUT_FULL");
    throw error;
  }
}

/** To standard output, in order. */
export async function readToStream(
  { stdout, signal }: CliContext,
  { drive, medium, ranges }: ReadSubject,
  options: ReadOptions,
  report: ReadReport,
): Promise<StreamDiscResult> {
  const [range] = ranges ?? [];
  const startedMs = performance.now();
  try {
    const result = await streamDisc(drive, (data) => stdout.bytes(data), {
      blocks: medium.blocks,
      signal,
      retries: options.retries,
      onlyCopy: !options.retry,
      hashes: options.hash,
      onProgress: (map, position) =>
        report.progress({ map, state: { map, position, status: "?", pass: 1 } }),
      ...(range && {
        range: { lba: range.start / blockBytes, blocks: (range.end - range.start) / blockBytes },
      }),
      ...(options.fill && { fill: options.fill }),
    });
    report.finished(result, (performance.now() - startedMs) / 1000);
    return result;
  } catch (error) {
    report.failed(error, false);
    throw error;
  }
}

/** Draws how fast it was, and what is missing. */
export async function drawGraph(
  path: string,
  { drive, medium }: ReadSubject,
  { speeds, missing }: RescueResult | StreamDiscResult,
): Promise<void> {
  const { vendor, product } = drive.identity;
  const graph = speedGraph({
    title: `${medium.name} in ${vendor} ${product}`,
    size: medium.bytes,
    samples: speeds,
    missing,
    singleSpeed: medium.kind && singleSpeeds[medium.kind],
  });
  try {
    await writeFile(path, graph);
  } catch (error) {
    throw outputFailure(path, error);
  }
}

/** Bytes that are wanted. */
export function wantedBytes({ medium, ranges }: ReadSubject): number {
  if (ranges === undefined) return medium.bytes;
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** What is told of an image that has gaps. */
export function incomplete(path: string, result: RescueResult | StreamDiscResult): ImagingError {
  const { missingBytes, protectedBytes, missing } = result;
  const isResumable = "mapPath" in result;
  const where = isResumable ? `; ${result.mapPath} tells where` : "";
  const advice =
    isResumable && result.timeIsUp
      ? "There was no more time: the same command goes on."
      : protectedBytes > 0
        ? `The drive keeps ${protectedBytes} of them, or of those around them, from a host that is ` +
          `not authenticated. A program with an authenticator of its own may ask for them.`
        : "Clean the disc, and run this again with --retries 3, or in another drive.";
  return new ImagingError(
    "IMAGE_INCOMPLETE",
    path,
    `${path === "-" ? "The image" : path} is not complete: ${missingBytes} bytes in ` +
      `${missing.length} parts are missing${where}. ${advice}`,
  );
}
