import type { Command } from "commander";
import { readSessionInfo, readToc } from "../../mmc/read-toc.js";
import { executeIfSupported } from "../../scsi/executor.js";
import type { CliContext } from "../context.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";
import { readableMedium } from "../readable-medium.js";

export interface TocCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

const leadOut = 0xaa;
const dataTrack = 0x04;

/** `usb-dvd toc`: the tracks of the disc, and its sessions. */
export async function tocCommand(context: CliContext, options: TocCommandOptions): Promise<void> {
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  await readableMedium(drive);
  const { tracks } = await drive.execute(readToc());
  const sessions = await executeIfSupported(drive, readSessionInfo());
  const { stdout } = context;
  if (options.json === true) {
    stdout.line(JSON.stringify({ tracks, sessions: sessions ?? null }, undefined, 2));
    return;
  }
  if (sessions) stdout.line(`Sessions: ${sessions.firstSession} to ${sessions.lastSession}`);
  stdout.line("track       start  kind");
  for (const { track, start, control } of tracks) {
    const name = track === leadOut ? "lead-out" : String(track);
    const kind = track === leadOut ? "" : (control & dataTrack) !== 0 ? "data" : "audio";
    stdout.line(`${name.padEnd(8)}${String(start).padStart(9)}  ${kind}`.trimEnd());
  }
}

/** Adds the command to the program. */
export function defineToc(program: Command, context: CliContext): void {
  withDriveOptions(program.command("toc").description("show the tracks of the disc"))
    .option("--json", "as JSON")
    .addHelpText("after", examples("usb-dvd toc", "usb-dvd toc --json"))
    .action((options: TocCommandOptions) => tocCommand(context, options));
}
