import { InvalidArgumentError, Option, type Command } from "commander";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { hashNames } from "../../imaging/image-hashes.js";
import { isSenseError } from "../../scsi/sense-error.js";
import type { CliContext } from "../context.js";
import { parseDuration } from "../durations.js";
import { UsageError } from "../errors.js";
import { parseFillPattern } from "../fill-pattern.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, fileSystemOption, parseCount, withDriveOptions } from "../options.js";
import { wantedRanges, type RangeOptions } from "../read-ranges.js";
import { jsonReport, textReport } from "../read-report.js";
import { parseSpeed, speedFor, type WantedSpeed } from "../read-speed.js";
import {
  drawGraph,
  incomplete,
  readToFile,
  readToStream,
  wantedBytes,
  type ReadOptions,
} from "../read-target.js";
import { readableMedium } from "../readable-medium.js";

export interface ReadCommandOptions extends DriveOptions, RangeOptions, ReadOptions {
  readonly json?: boolean;
  readonly speed?: WantedSpeed;
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
    ? await readToStream(context, subject, options, report)
    : await readToFile(context, subject, options, report);
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
