import type { Command } from "commander";
import type { CliContext } from "../context.js";
import { formatRate, formatSpeed } from "../format.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";
import { parseSpeed, speedFor, type WantedSpeed } from "../read-speed.js";
import { readableMedium } from "../readable-medium.js";

/** `usb-dvd speed [x]`: sets how fast the disc is read, and shows the speeds that there are. */
export async function speedCommand(
  context: CliContext,
  wanted: WantedSpeed | undefined,
  options: DriveOptions,
): Promise<void> {
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  const { kind } = await readableMedium(drive);
  if (wanted !== undefined) await drive.setReadSpeed(speedFor(kind, wanted));
  const speeds = await drive.readSpeeds();
  const { stdout } = context;
  for (const speed of speeds) {
    const times = kind === undefined ? "" : `  ${formatSpeed(speed, kind)}`;
    stdout.line(`${formatRate(speed)}${times}`);
  }
  if (speeds.length === 0) stdout.line("The drive tells no speeds of this disc.");
}

/** Adds the command to the program. */
export function defineSpeed(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("speed")
      .description("show how fast the disc can be read, or set it")
      .argument("[x]", "max, min, or a multiple such as 4x", parseSpeed),
  )
    .addHelpText("after", examples("usb-dvd speed", "usb-dvd speed 4x"))
    .action((wanted: WantedSpeed | undefined, options: DriveOptions) =>
      speedCommand(context, wanted, options),
    );
}
