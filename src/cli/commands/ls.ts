import type { Command } from "commander";
import { examples, fileSystemOption, withDriveOptions } from "../options.js";
import { ImagingError } from "../../imaging/errors.js";
import { findEntry, walk, type FoundEntry, type VolumeEntry } from "../../volume/index.js";
import type { CliContext } from "../context.js";
import { openDiscVolume, type VolumeOptions } from "../disc-volume.js";
import { printable } from "../format.js";

export interface LsCommandOptions extends VolumeOptions {
  readonly recursive?: boolean;
  readonly json?: boolean;
}

/** `usb-dvd ls [path]`: the files on the disc. */
export async function lsCommand(
  context: CliContext,
  path: string,
  options: LsCommandOptions,
): Promise<void> {
  const { stdout, stderr } = context;
  await using opened = await openDiscVolume(options, context);
  const { volume } = opened;
  const start = await findEntry(volume, path);
  const listed: FoundEntry[] = [];
  let problems = 0;
  if (options.recursive === true) {
    for await (const { problem, ...found } of walk(volume, start)) {
      if (problem === undefined) listed.push(found);
      else {
        problems += 1;
        stderr.line(`usb-dvd: ${printable(problem.message)}`);
      }
    }
    if (start.entry.kind === "directory") listed.shift(); // itself
  } else if (start.entry.kind === "directory") {
    const entries = await volume.list(start.entry);
    listed.push(...entries.map((entry) => ({ path: [...start.path, entry.name], entry })));
  } else listed.push(start);

  const isOne = start.entry.kind !== "directory";
  const nameOf = ({ path: names }: FoundEntry): string =>
    (isOne ? names.slice(-1) : names.slice(start.path.length)).join("/");
  if (options.json === true) {
    const { format, label } = volume;
    const entries = listed.map(({ path: names, entry }) => ({
      path: `/${names.join("/")}`,
      kind: entry.kind,
      bytes: entry.bytes,
      modified: entry.modified ?? null,
      lba: entry.lba,
      ...(entry.target !== undefined && { target: entry.target }),
    }));
    stdout.line(JSON.stringify({ format, label, entries }, undefined, 2));
  } else {
    for (const found of listed) stdout.line(describe(found.entry, nameOf(found)));
  }
  if (problems > 0) {
    const message = `${problems} directories could not be listed, for the reasons above.`;
    throw new ImagingError("FILES_LEFT_OUT", path, message);
  }
}

function describe(entry: VolumeEntry, name: string): string {
  const size = entry.kind === "file" ? String(entry.bytes) : "-";
  const date = entry.modified?.toISOString().slice(0, 16).replace("T", " ") ?? "";
  const mark = entry.kind === "directory" ? "/" : "";
  const target = entry.target === undefined ? "" : ` -> ${printable(entry.target)}`;
  return `${size.padStart(12)}  ${date.padEnd(16)}  ${printable(name)}${mark}${target}`;
}

/** Adds the command to the program. */
export function defineLs(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("ls")
      .description("list the files on the disc")
      .argument("[path]", "a directory or a file on the disc", "/"),
  )
    .addOption(fileSystemOption())
    .option("-R, --recursive", "and all below")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples("usb-dvd ls", "usb-dvd ls VIDEO_TS", "usb-dvd ls -R --fs joliet"),
    )
    .action((path: string, options: LsCommandOptions) => lsCommand(context, path, options));
}
