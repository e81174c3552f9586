import type { Command } from "commander";
import { examples, fileSystemOption, withDriveOptions } from "../options.js";
import { findEntry, readContent } from "../../volume/index.js";
import type { CliContext } from "../context.js";
import { openDiscVolume, type VolumeOptions } from "../disc-volume.js";

/** `usb-dvd cat <path>`: a file's bytes on standard output. */
export async function catCommand(
  context: CliContext,
  path: string,
  options: VolumeOptions,
): Promise<void> {
  await using opened = await openDiscVolume(options, context);
  const { entry } = await findEntry(opened.volume, path);
  for await (const chunk of readContent(opened.drive, entry, context.signal)) {
    await context.stdout.bytes(chunk);
  }
}

/** Adds the command to the program. */
export function defineCat(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("cat")
      .description("write a file on the disc to standard output")
      .argument("<path>", "a file on the disc"),
  )
    .addOption(fileSystemOption())
    .addHelpText("after", examples("usb-dvd cat README.TXT", "usb-dvd cat a/b.tar | tar t"))
    .action((path: string, options: VolumeOptions) => catCommand(context, path, options));
}
