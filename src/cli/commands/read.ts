import { Option, type Command } from "commander";
import { driveOption, examples, parseCount, quirksOption } from "../options.js";
import { hashNames } from "../../imaging/image-hashes.js";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { ImagingError } from "../../imaging/errors.js";
import type { HashName } from "../../imaging/image-hashes.js";
import { rescueDisc, type RescueResult } from "../../imaging/rescue-disc.js";
import { isSenseError } from "../../scsi/sense-error.js";
import type { CliContext } from "../context.js";
import { formatBytes, formatDuration, formatRate, formatSpeed } from "../format.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { createProgress } from "../progress.js";
import { readableMedium } from "../readable-medium.js";

export interface ReadCommandOptions extends DriveOptions {
  readonly force?: boolean;
  readonly json?: boolean;
  /** How often bad sectors are tried again. */
  readonly retries: number;
  /** False for the large reads alone. */
  readonly scrape: boolean;
  readonly hash: readonly HashName[];
  /** What the map says it was made by. */
  readonly creator: string;
}

/** `usb-dvd read <out.iso>`: the whole disc to a file, or what is still missing of it. */
export async function readCommand(
  context: CliContext,
  path: string,
  options: ReadCommandOptions,
): Promise<void> {
  const { stdout, stderr, signal } = context;
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  const medium = await readableMedium(drive);
  const { blocks, bytes, kind } = medium;
  await lockTray(drive);
  if (options.json !== true) {
    stderr.line(`Reading ${medium.name}, ${formatBytes(bytes)}, to ${path}`);
  }
  const progress = createProgress(stderr, bytes, kind);
  const startedAt = performance.now();
  let result: RescueResult;
  try {
    result = await rescueDisc(drive, path, {
      blocks,
      signal,
      overwrite: options.force ?? false,
      retries: options.retries,
      onlyCopy: !options.scrape,
      hashes: options.hash,
      creator: options.creator,
      onProgress: (map) => progress.update(map.summary("+").bytes),
    });
  } catch (error) {
    progress.stop();
    if (!(error instanceof ImagingError)) {
      stderr.line("What was read is kept: the same command goes on.");
    }
    throw error;
  } finally {
    progress.stop();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  if (options.json === true) {
    stdout.line(JSON.stringify({ path, blocks, seconds, ...result }));
  } else {
    const rate = bytes / seconds;
    const speed = kind === undefined ? "" : ` (${formatSpeed(rate, kind)})`;
    const duration = `in ${formatDuration(seconds)}, ${formatRate(rate)}${speed}`;
    stderr.line(result.wasResumed ? `Done ${duration}` : `${formatBytes(bytes)} ${duration}`);
    for (const name of options.hash) stdout.line(`${result.hashes[name] ?? ""}  ${path}`);
  }
  if (result.missingBytes > 0) throw incomplete(path, result);
}

function incomplete(path: string, result: RescueResult): ImagingError {
  const { missingBytes, protectedBytes, summary, mapPath } = result;
  const { nonTried, nonTrimmed, nonScraped, bad } = summary;
  const areas = nonTried.areas + nonTrimmed.areas + nonScraped.areas + bad.areas;
  const where = `${missingBytes} bytes in ${areas} areas are missing; ${mapPath} tells where.`;
  const advice =
    protectedBytes > 0
      ? `The drive keeps ${protectedBytes} of them, or of those around them, from a host that is not ` +
        `authenticated.`
      : "Clean the disc, and run this again with --retries 3, or in another drive.";
  return new ImagingError("IMAGE_INCOMPLETE", path, `${path} is not complete: ${where} ${advice}`);
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
  program
    .command("read")
    .description("read the whole disc to a file, or what is missing of it, and print its SHA-256")
    .argument(
      "<out.iso>",
      "the file to write, with <out.iso>.map beside it, by which it is gone on with",
    )
    .option(...driveOption)
    .addOption(quirksOption())
    .option("-f, --force", "begin anew where the file exists")
    .option("--retries <n>", "how often bad sectors are tried again", parseCount, 0)
    .option("--no-scrape", "leave what large reads fail on for another run")
    .addOption(
      new Option("--hash <names...>", "what to print of the image")
        .choices(hashNames)
        .default(["sha256"]),
    )
    .option("--json", "the result as JSON")
    .addHelpText(
      "after",
      examples(
        "usb-dvd read disc.iso",
        "usb-dvd read disc.iso --drive usb:2-1.4 --force",
        "usb-dvd read disc.iso --retries 3 --hash sha256 md5 sha1 crc32",
        "usb-dvd read copy.iso --drive virtual:disc.iso",
      ),
    )
    .action((path: string, options: ReadCommandOptions) =>
      readCommand(context, path, { ...options, creator: `usb-dvd ${program.version() ?? ""}` }),
    );
}
