import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import {
  emulateCommand,
  emulateDefaults,
  parsePort,
  type EmulateCommandOptions,
} from "./commands/emulate.js";
import { infoCommand, type InfoCommandOptions } from "./commands/info.js";
import { keysCommand, type KeysCommandOptions } from "./commands/keys.js";
import { listCommand, type ListCommandOptions } from "./commands/list.js";
import { readCommand, type ReadCommandOptions } from "./commands/read.js";
import {
  regionCommand,
  setRegionCommand,
  type RegionCommandOptions,
  type SetRegionCommandOptions,
} from "./commands/region.js";
import { ejectCommand, loadCommand } from "./commands/tray.js";
import type { CliContext } from "./context.js";
import { parseName, parseRegion, parseRegions, parseUsbId } from "./emulated-drive.js";
import { hashNames } from "../imaging/image-hashes.js";
import { exitCodes, type ExitCode } from "./exit-codes.js";
import type { DriveOptions } from "./open-drive.js";
import { reportError } from "./report-error.js";
import { parseQuirks, type QuirkTable } from "../transport/quirks.js";

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

function parseCount(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number from 0 to 999.");
}

function parseQuirksOption(text: string): QuirkTable {
  try {
    return parseQuirks(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Runs one command line, without the program's name, and returns its exit code. */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  context: CliContext,
): Promise<ExitCode> {
  try {
    await createProgram(version, context).parseAsync(args, { from: "user" });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    }
    // Whatever an interruption made fail, it is the interruption that is to be told.
    return reportError(context.signal.aborted ? context.signal.reason : error, context.stderr);
  }
}

function createProgram(version: string, context: CliContext): Command {
  const program = new Command("usb-dvd")
    .description("Talks to USB DVD drives without the operating system's disc driver.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.stream.write(text),
      writeErr: (text) => context.stderr.stream.write(text),
    })
    .showHelpAfterError("Try 'usb-dvd help <command>'.");

  program
    .command("list")
    .description("show the drives that are plugged in")
    .option("--json", "as JSON")
    .option("-r, --remote <host[:port]>", "those that a USB/IP server has to give")
    .addHelpText("after", examples("usb-dvd list", "usb-dvd list --remote nas.local"))
    .action((options: ListCommandOptions) => listCommand(context, options));

  program
    .command("info")
    .description("show a drive and the disc in it")
    .option(...driveOption)
    .addOption(quirksOption())
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples("usb-dvd info", "usb-dvd info --drive usb:2-1.4", "usb-dvd info --json"),
    )
    .action((options: InfoCommandOptions) => infoCommand(context, options));

  program
    .command("read")
    .description("read the whole disc to a file, or what is missing of it, and print its SHA-256")
    .argument(
      "<out.iso>",
      "the file to write, with <out.iso>.map beside it, by which it is gone on with",
    )
    .option(...driveOption)
    .addOption(quirksOption())
    .option("-f, --force", "begin anew where the file exists")
    .option("--retries <n>", "how often bad sectors are tried again", parseCount, 0)
    .option("--no-scrape", "leave what large reads fail on for another run")
    .addOption(
      new Option("--hash <names...>", "what to print of the image")
        .choices(hashNames)
        .default(["sha256"]),
    )
    .option("--json", "the result as JSON")
    .addHelpText(
      "after",
      examples(
        "usb-dvd read disc.iso",
        "usb-dvd read disc.iso --drive usb:2-1.4 --force",
        "usb-dvd read disc.iso --retries 3 --hash sha256 md5 sha1 crc32",
        "usb-dvd read copy.iso --drive virtual:disc.iso",
      ),
    )
    .action((path: string, options: ReadCommandOptions) =>
      readCommand(context, path, { ...options, creator: `usb-dvd ${version}` }),
    );

  program
    .command("eject")
    .description("open the tray")
    .option(...driveOption)
    .addOption(quirksOption())
    .addHelpText("after", examples("usb-dvd eject", "usb-dvd eject --drive usb:2-1.4"))
    .action((options: DriveOptions) => ejectCommand(context, options));

  program
    .command("load")
    .description("pull the tray in")
    .option(...driveOption)
    .addOption(quirksOption())
    .addHelpText("after", examples("usb-dvd load", "usb-dvd load --drive usb:2-1.4"))
    .action((options: DriveOptions) => loadCommand(context, options));

  const region = program
    .command("region")
    .description("show the drive's region, and where the disc plays")
    .option(...driveOption)
    .addOption(quirksOption())
    .option("--json", "as JSON")
    .addHelpText("after", examples("usb-dvd region", "usb-dvd region set 2 --drive usb:2-1.4"))
    .action((options: RegionCommandOptions) => regionCommand(context, options));

  region
    .command("set")
    .description("set the drive's region, which spends one of its few changes for good")
    .argument("<region>", "1 to 8")
    .option(...driveOption)
    .addOption(quirksOption())
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("usb-dvd region set 2", "usb-dvd region set 2 --yes"))
    .action((text: string, _options: unknown, command: Command) =>
      setRegionCommand(context, text, command.optsWithGlobals<SetRegionCommandOptions>()),
    );

  program
    .command("keys")
    .description("show whether the drive grants sessions, and what the disc protects")
    .option(...driveOption)
    .addOption(quirksOption())
    .option("--reveal", "print the key that could be read")
    .addHelpText("after", examples("usb-dvd keys", "usb-dvd keys --drive usb:2-1.4"))
    .action((options: KeysCommandOptions) => keysCommand(context, options));

  program
    .command("emulate")
    .description("serve virtual drives over USB/IP, until Ctrl-C; Linux attaches them as its own")
    .argument("<disc.iso...>", "a disc image for each drive")
    .option("--host <address>", "where to listen", emulateDefaults.host)
    .option("-p, --port <number>", "the TCP port; 0 for any", parsePort, emulateDefaults.port)
    .option("--expose", "let other computers use the drives: there is no password")
    .option("--region <1-8>", "a region that the drives were set to before", parseRegion)
    .addOption(
      new Option("--protection <kind>", "how the discs say that they are protected").choices([
        "none",
        "css",
        "cppm",
      ]),
    )
    .option("--disc-regions <1,2,...>", "the regions that the discs play in", parseRegions)
    .option("--vendor <name>", "the drive maker's name, in INQUIRY", parseName(8))
    .option("--product <name>", "the drives' name, in INQUIRY", parseName(16))
    .option("--revision <text>", "the revision of their firmware", parseName(4))
    .option("--serial <text>", "their serial number, where only one is served", parseName(126))
    .option("--usb-id <vid:pid>", "vendor and product id on the USB", parseUsbId)
    .addOption(new Option("--speed <name>", "of the USB").choices(["high", "super"]))
    .option("--faults <script>", "a file that says what goes wrong, and when")
    .option(
      "--control",
      "obey lines on standard input: eject, load, press, remove, insert <disc.iso>, " +
        "faults <script>, heal, unplug, plug",
    )
    .option("--log", "print each command that a drive gets")
    .addHelpText(
      "after",
      examples(
        "usb-dvd emulate disc.iso",
        "usb-dvd emulate one.iso two.iso --port 3241",
        "usb-dvd emulate disc.iso --protection css --disc-regions 2 --region 1",
      ),
    )
    .action((paths: readonly string[], options: EmulateCommandOptions) =>
      emulateCommand(context, paths, options),
    );

  return program;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
}
