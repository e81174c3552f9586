import { DriveError } from "../../drive/errors.js";
import type { Medium } from "../../drive/medium.js";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { isSenseError } from "../../scsi/sense-error.js";
import { writeImage } from "../../imaging/image-file.js";
import type { CliContext } from "../context.js";
import { formatBytes, formatDuration, formatRate, formatSpeed } from "../format.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { createProgress } from "../progress.js";

export interface ReadCommandOptions extends DriveOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `usb-dvd read <out.iso>`: the whole disc to a file. */
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
  try {
    const chunks = drive.read({ lba: 0, blocks, signal, recycle: true });
    const { sha256 } = await writeImage(chunks, bytes, path, {
      overwrite: options.force ?? false,
      onProgress: (written) => progress.update(written),
    });
    progress.stop();
    const seconds = (performance.now() - startedAt) / 1000;
    if (options.json === true) {
      stdout.line(JSON.stringify({ path, bytes, blocks, seconds, sha256 }));
      return;
    }
    const rate = bytes / seconds;
    const speed = kind === undefined ? "" : ` (${formatSpeed(rate, kind)})`;
    stderr.line(`${formatBytes(bytes)} in ${formatDuration(seconds)}, ${formatRate(rate)}${speed}`);
    stdout.line(`${sha256}  ${path}`);
  } finally {
    progress.stop();
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

async function readableMedium(drive: OpticalDrive): Promise<Medium> {
  const medium = await drive.medium();
  if (medium === undefined) {
    throw new DriveError("NO_MEDIUM", "There is no disc in the drive. Insert one and try again.");
  }
  if (medium.blocks === 0) {
    throw new DriveError("BLANK_MEDIUM", "The disc is blank: there is nothing to read on it.");
  }
  return medium;
}
