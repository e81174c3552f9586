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
