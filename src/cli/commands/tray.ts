import type { CliContext } from "../context.js";
import { openDrive } from "../open-drive.js";

export interface TrayCommandOptions {
  readonly drive?: string;
}

/** `usb-dvd eject`: opens the tray. */
export async function ejectCommand(
  context: CliContext,
  options: TrayCommandOptions,
): Promise<void> {
  await using opened = await openDrive(options.drive, context);
  await opened.drive.eject();
}

/** `usb-dvd load`: pulls the tray in. */
export async function loadCommand(context: CliContext, options: TrayCommandOptions): Promise<void> {
  await using opened = await openDrive(options.drive, context);
  await opened.drive.load();
}
