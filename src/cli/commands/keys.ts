import type { Command } from "commander";
import { examples, withDriveOptions } from "../options.js";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import type { HostAuthenticator } from "../../keys/host-authenticator.js";
import { isKeyError } from "../../keys/errors.js";
import type { CliContext } from "../context.js";
import { openDrive, type DriveOptions } from "../open-drive.js";

export interface KeysCommandOptions extends DriveOptions {
  readonly reveal?: boolean;
}

/**
 * `usb-dvd keys`: whether the drive grants sessions, and what the disc protects. A key is only read
 * where there is an authenticator, which is so on a virtual drive, and only shown where asked to.
 */
export async function keysCommand(context: CliContext, options: KeysCommandOptions): Promise<void> {
  await using opened = await openDrive(options, context);
  const { drive, authenticator } = opened;
  const { stdout } = context;
  const protection = (await drive.medium())?.copyright?.protection;
  stdout.line(
    `Disc      ${protection === undefined ? "none, or not a DVD" : `protection: ${protection.name}`}`,
  );
  stdout.line(`Session   ${await trySession(drive)}`);
  if (protection === undefined || protection.code === 0) return;
  stdout.line(`Disc key  ${await describeDiscKey(drive, authenticator, options.reveal === true)}`);
}

async function trySession(drive: OpticalDrive): Promise<string> {
  try {
    await using session = await drive.keys.startSession();
    const authenticated = await session.readAuthenticationSuccess();
    return `granted (AGID ${session.agid}), ${authenticated ? "authenticated" : "not authenticated"} (ASF)`;
  } catch (error) {
    if (isKeyError(error, "NOT_SUPPORTED")) return "the drive has no key commands";
    if (isKeyError(error, "NO_FREE_AGID")) return "none is free: other programs hold all four";
    throw error;
  }
}

async function describeDiscKey(
  drive: OpticalDrive,
  authenticator: HostAuthenticator | undefined,
  reveal: boolean,
): Promise<string> {
  if (authenticator === undefined) return "needs an authenticator, which only a program can supply";
  await using session = await drive.keys.startSession();
  await session.authenticate(authenticator);
  const key = await session.readDiscKey();
  return reveal
    ? Buffer.from(key).toString("hex")
    : `${key.length} bytes, hidden (--reveal shows it)`;
}

/** Adds the command to the program. */
export function defineKeys(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("keys")
      .description("show whether the drive grants sessions, and what the disc protects"),
  )
    .addHelpText("after", examples("usb-dvd keys", "usb-dvd keys --drive usb:2-1.4"))
    .action((options: KeysCommandOptions) => keysCommand(context, options));
}
