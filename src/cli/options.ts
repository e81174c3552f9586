import { InvalidArgumentError, Option, type Command } from "commander";
import { volumeFormats } from "../volume/index.js";
import { parseQuirks, type QuirkTable } from "../transport/quirks.js";

/** What several commands have in common on their command lines. */
const driveOption = [
  "-d, --drive <locator>",
  "usb:<bus-port>, usb:<serial>, usb:<vid:pid>, usbip://<host>/<busid> or virtual:<file.iso>",
] as const;

function quirksOption(): Option {
  return new Option(
    "--quirks <vid:pid:flags>",
    "what is wrong with a drive's bridge, as 152d:2329:r",
  )
    .env("USB_DVD_QUIRKS")
    .argParser(parseQuirksOption);
}

export function parseCount(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number from 0 to 999.");
}

/** Adds what every command takes that talks to a drive. */
export function withDriveOptions(command: Command): Command {
  return command
    .addOption(new Option(...driveOption).env("USB_DVD_DRIVE"))
    .addOption(quirksOption())
    .option("--trace <file>", "write every transfer to a pcapng file for Wireshark; - for text")
    .option("--reveal", "show keys, also in a trace")
    .option("-v, --verbose", "print every command on standard error, as --trace - does")
    .option("-q, --quiet", "print results and problems only");
}

export function fileSystemOption(): Option {
  return new Option(
    "--fs <format>",
    "which of the disc's file systems; by default the first of these that it has",
  ).choices(volumeFormats);
}

function parseQuirksOption(text: string): QuirkTable {
  try {
    return parseQuirks(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
}
