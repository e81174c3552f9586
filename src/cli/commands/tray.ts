import type { Command } from "commander";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { preventAllowMediumRemoval } from "../../scsi/medium-removal.js";
import type { CliContext } from "../context.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";

interface TrayCommand {
  readonly name: string;
  readonly description: string;
  readonly act: (drive: OpticalDrive) => Promise<void>;
}

const trayCommands: readonly TrayCommand[] = [
  { name: "eject", description: "open the tray", act: (drive) => drive.eject() },
  { name: "load", description: "pull the tray in", act: (drive) => drive.load() },
  {
    name: "lock",
    description: "keep the tray shut, until it is unlocked or ejected",
    // Not by the drive's own method, which would let go of it in closing.
    act: (drive) => drive.execute(preventAllowMediumRemoval(true)),
  },
  { name: "unlock", description: "let the tray be opened", act: (drive) => drive.unlock() },
];

/** Adds the commands to the program. */
export function defineTray(program: Command, context: CliContext): void {
  for (const { name, description, act } of trayCommands) {
    withDriveOptions(program.command(name).description(description))
      .addHelpText("after", examples(`usb-dvd ${name}`, `usb-dvd ${name} --drive usb:2-1.4`))
      .action(async (options: DriveOptions) => {
        await using opened = await openDrive(options, context);
        await act(opened.drive);
      });
  }
}
