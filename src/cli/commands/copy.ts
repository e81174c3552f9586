import type { Command } from "commander";
import { examples, fileSystemOption, withDriveOptions } from "../options.js";
import { copyFiles } from "../../imaging/copy-files.js";
import { ImagingError } from "../../imaging/errors.js";
import { findEntry, walk } from "../../volume/index.js";
import type { CliContext } from "../context.js";
import { openDiscVolume, type VolumeOptions } from "../disc-volume.js";
import { formatBytes, formatDuration, printable } from "../format.js";
import { createProgress } from "../progress.js";

export interface CopyCommandOptions extends VolumeOptions {
  readonly force?: boolean;
}

/** `usb-dvd copy <path> <folder>`: a file, or a directory and all in it. */
export async function copyCommand(
  context: CliContext,
  path: string,
  folder: string,
  options: CopyCommandOptions,
): Promise<void> {
  const { stderr, signal } = context;
  await using opened = await openDiscVolume(options, context);
  const { drive, volume } = opened;
  const start = await findEntry(volume, path);
  let total = 0;
  for await (const { entry, problem } of walk(volume, start)) {
    if (!problem && entry.kind === "file") total += entry.bytes;
  }
  const progress = createProgress(stderr, total, undefined);
  const startedAt = performance.now();
  let done = 0;
  const copying = copyFiles(drive, volume, start, folder, {
    signal,
    overwrite: options.force ?? false,
    onProgress: (bytes) => progress.update({ bytesDone: (done += bytes) }),
  });
  const { files, bytes, leftOut, links } = await copying.finally(() => progress.stop());
  const seconds = (performance.now() - startedAt) / 1000;
  for (const { path: name, reason } of leftOut) {
    stderr.line(`Left out ${printable(name)}: ${printable(reason.message)}`);
  }
  if (links.length > 0) {
    stderr.note(`Not copied, since they are links: ${links.map(printable).join(", ")}`);
  }
  stderr.note(`${files} files, ${formatBytes(bytes)}, to ${folder} in ${formatDuration(seconds)}`);
  if (leftOut.length > 0) {
    const message = `${leftOut.length} files were left out, for the reasons above.`;
    throw new ImagingError("FILES_LEFT_OUT", folder, message);
  }
}

/** Adds the command to the program. */
export function defineCopy(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("copy")
      .description("copy a file on the disc, or a directory and all in it, to a folder")
      .argument("<path>", "a file or a directory on the disc; / for all of it")
      .argument("<folder>", "where to; it is made where it is missing"),
  )
    .addOption(fileSystemOption())
    .option("-f, --force", "replace files that exist")
    .addHelpText("after", examples("usb-dvd copy / disc", "usb-dvd copy VIDEO_TS . --force"))
    .action((path: string, folder: string, options: CopyCommandOptions) =>
      copyCommand(context, path, folder, options),
    );
}
