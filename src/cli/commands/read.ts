import { writeFile } from "node:fs/promises";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Medium } from "../../drive/medium.js";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { ImagingError } from "../../imaging/errors.js";
import { hashNames, type HashName } from "../../imaging/image-hashes.js";
import { outputFailure } from "../../imaging/output-failure.js";
import type { ByteRange } from "../../imaging/rescue.js";
import { rescueDisc, type RescueResult } from "../../imaging/rescue-disc.js";
import { saveSidecar } from "../../imaging/sidecar.js";
import { speedGraph } from "../../imaging/speed-graph.js";
import { streamDisc, type StreamDiscResult } from "../../imaging/stream-disc.js";
import { opticalBlockLength as blockBytes } from "../../scsi/read.js";
import { isSenseError } from "../../scsi/sense-error.js";
import type { CliContext } from "../context.js";
import { parseDuration } from "../durations.js";
import { UsageError } from "../errors.js";
import { parseFillPattern } from "../fill-pattern.js";
import { singleSpeeds } from "../format.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, fileSystemOption, parseCount, withDriveOptions } from "../options.js";
import { jsonReport, textReport, type ReadReport } from "../read-report.js";
import { wantedRanges, type RangeOptions } from "../read-ranges.js";
import { parseSpeed, speedFor, type WantedSpeed } from "../read-speed.js";
import { readableMedium } from "../readable-medium.js";

export interface ReadCommandOptions extends DriveOptions, RangeOptions {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly speed?: WantedSpeed;
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
interface Subject {
  readonly drive: OpticalDrive;
  readonly medium: Medium;
  readonly path: string;
  readonly ranges: readonly ByteRange[] | undefined;
}

/** `usb-dvd read <out.iso>`: the disc to a file, or what is still missing of it, or to a pipe. */
export async function readCommand(
  context: CliContext,
  path: string,
  options: ReadCommandOptions,
): Promise<void> {
  const isStream = path === "-";
  if (isStream) refuseForStreams(options);
  const { stderr, signal } = context;
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  const medium = await readableMedium(drive);
  const ranges = await wantedRanges(drive, medium, options, signal);
  const subject = { drive, medium, path, ranges };
  await lockTray(drive);
  if (options.speed !== undefined) {
    await drive.setReadSpeed(speedFor(medium.kind, options.speed));
  }
  const stdout = isStream ? stderr : context.stdout;
  const facts = { ...subject, bytes: wantedBytes(subject), hashes: options.hash };
  const report =
    options.json === true ? jsonReport(stdout, facts) : textReport(stdout, stderr, facts);
  const result = isStream
    ? await toStream(context, subject, options, report)
    : await toFile(context, subject, options, report);
  if (options.graph !== undefined) await drawGraph(options.graph, subject, result);
  if (result.missingBytes > 0) throw incomplete(path, result);
}

function refuseForStreams({ file, maxTime, force }: ReadCommandOptions): void {
  if (file !== undefined) throw new UsageError("A file goes to standard output by: usb-dvd cat.");
  if (maxTime !== undefined || force === true) {
    throw new UsageError(
      "Standard output cannot be gone on with: leave out --max-time and --force.",
    );
  }
}

async function toFile(
  { signal }: CliContext,
  subject: Subject,
  options: ReadCommandOptions,
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
    report.finished(result, seconds());
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
    return result;
  } catch (error) {
    report.failed(error, !(error instanceof ImagingError) || error.code === "OUTPUT_FULL");
    throw error;
  }
}

async function toStream(
  { stdout, signal }: CliContext,
  { drive, medium, ranges }: Subject,
  options: ReadCommandOptions,
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

async function drawGraph(
  path: string,
  { drive, medium }: Subject,
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

function wantedBytes({ medium, ranges }: Subject): number {
  if (ranges === undefined) return medium.bytes;
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

function incomplete(path: string, result: RescueResult | StreamDiscResult): ImagingError {
  const { missingBytes, protectedBytes, missing } = result;
  const isResumable = "mapPath" in result;
  const where = isResumable ? `; ${result.mapPath} tells where` : "";
  const advice =
    isResumable && result.timeIsUp
      ? "There was no more time: the same command goes on."
      : protectedBytes > 0
        ? `The drive keeps ${protectedBytes} of them, or of those around them, from a host that is ` +
          `not authenticated.`
        : "Clean the disc, and run this again with --retries 3, or in another drive.";
  return new ImagingError(
    "IMAGE_INCOMPLETE",
    path,
    `${path === "-" ? "The image" : path} is not complete: ${missingBytes} bytes in ` +
      `${missing.length} parts are missing${where}. ${advice}`,
  );
}

/** Keeps the disc where it is; closing the drive lets go of it. Not every drive has such a lock. */
async function lockTray(drive: OpticalDrive): Promise<void> {
  try {
    await drive.lock();
  } catch (error) {
    if (!isSenseError(error)) throw error;
  }
}

/** Adds the command to the program. */
export function defineRead(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("read")
      .description("read the disc to a file, or what is missing of it, and print its SHA-256")
      .argument(
        "<out.iso>",
        "the file to write, with <out.iso>.map beside it, by which it is gone on with; - for " +
          "standard output",
      ),
  )
    .option("-f, --force", "begin anew where the file exists")
    .option("--lba <n>", "the first block that is wanted; it stays in its place", parseBlocks)
    .option("--blocks <n>", "how many blocks are wanted", parseBlocks)
    .option("--file <paths...>", "the blocks of files or directories on the disc")
    .addOption(fileSystemOption())
    .option("--speed <x>", "how fast to read: max, min, or a multiple such as 4x", parseSpeed)
    .option("--retries <n>", "how often bad sectors are tried again", parseCount, 0)
    .option("--retry-speed <x>", "how fast they are tried again", parseSpeed)
    .option("--no-retry", "leave what large reads fail on for another run")
    .option(
      "--max-time <time>",
      "end after 90s, 15m or 2h; the same command goes on",
      parseDuration,
    )
    .option(
      "--fill <pattern>",
      "what stands for unread sectors: text, or 0x and bytes",
      parseFillPattern,
    )
    .addOption(
      new Option("--hash <names...>", "what to print of the image")
        .choices(hashNames)
        .default(["sha256"]),
    )
    .option("--graph <out.svg>", "draw the speed, and what is bad, over the disc")
    .option("--no-sidecar", "do not write <out.iso>.json with all that is known")
    .option("--json", "tell of everything as JSON, one object a line")
    .addHelpText(
      "after",
      examples(
        "usb-dvd read disc.iso",
        "usb-dvd read disc.iso --drive usb:2-1.4 --force",
        "usb-dvd read disc.iso --retries 3 --retry-speed min --graph disc.svg",
        "usb-dvd read disc.iso --hash sha256 md5 sha1 crc32",
        "usb-dvd read disc.iso --file VIDEO_TS/VTS_01_1.VOB",
        "usb-dvd read - --lba 16 --blocks 1 | xxd",
      ),
    )
    .action((path: string, options: ReadCommandOptions) =>
      readCommand(context, path, { ...options, creator: `usb-dvd ${program.version() ?? ""}` }),
    );
}

function parseBlocks(text: string): number {
  if (/^(\d{1,10}|0x[\da-f]{1,8})$/i.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of blocks of 2048 bytes.");
}
