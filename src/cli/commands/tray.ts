import type { Command } from "commander";
import { examples, withDriveOptions } from "../options.js";
import type { CliContext } from "../context.js";
import { openDrive, type DriveOptions } from "../open-drive.js";

/** `usb-dvd eject`: opens the tray. */
export async function ejectCommand(context: CliContext, options: DriveOptions): Promise<void> {
  await using opened = await openDrive(options, context);
  await opened.drive.eject();
}

/** `usb-dvd load`: pulls the tray in. */
export async function loadCommand(context: CliContext, options: DriveOptions): Promise<void> {
  await using opened = await openDrive(options, context);
  await opened.drive.load();
}

/** Adds the command to the program. */
export function defineTray(program: Command, context: CliContext): void {
  withDriveOptions(program.command("eject").description("open the tray"))
    .addHelpText("after", examples("usb-dvd eject", "usb-dvd eject --drive usb:2-1.4"))
    .action((options: DriveOptions) => ejectCommand(context, options));

  withDriveOptions(program.command("load").description("pull the tray in"))
    .addHelpText("after", examples("usb-dvd load", "usb-dvd load --drive usb:2-1.4"))
    .action((options: DriveOptions) => loadCommand(context, options));
}
