import { Option, type Command } from "commander";
import { parseName, parseRegion, parseRegions, parseUsbId } from "../emulated-drive.js";
import { examples } from "../options.js";
import { createInterface } from "node:readline";
import { InvalidArgumentError } from "commander";
import { hexByte, senseText } from "../../scsi/sense-text.js";
import {
  UsbIpServer,
  UsbIpServerError,
  USBIP_PORT,
  type ExecutedCommand,
  type IsoFileDisc,
} from "../../virtual/node.js";
import type { CliContext } from "../context.js";
import { DriveControl } from "../drive-control.js";
import {
  discOptions,
  emulatedDrive,
  type EmulatedDrive,
  type EmulatedDriveOptions,
} from "../emulated-drive.js";
import { UsageError } from "../errors.js";
import { interrupted } from "../interrupted.js";
import { openDisc } from "../open-drive.js";

export interface EmulateCommandOptions extends EmulatedDriveOptions {
  readonly host: string;
  readonly port: number;
  /** Whether others than this computer may use the drives. */
  readonly expose?: boolean;
  /** Whether to do as lines on standard input say. */
  readonly control?: boolean;
  /** Whether to print each command. */
  readonly log?: boolean;
}

export const emulateDefaults = { host: "127.0.0.1", port: USBIP_PORT } as const;

/** `usb-dvd emulate`: serves a virtual drive a disc over USB/IP, until it is interrupted. */
export async function emulateCommand(
  context: CliContext,
  paths: readonly string[],
  options: EmulateCommandOptions,
): Promise<void> {
  const { stdout, stderr, signal } = context;
  const { host, port, expose = false } = options;
  refuseExposure(host, expose);
  if (options.serial !== undefined && paths.length > 1) {
    throw new UsageError("Two drives cannot share a serial number: leave out --serial.");
  }
  const discs: IsoFileDisc[] = [];
  const keepOpen = async (path: string): Promise<IsoFileDisc> => {
    const disc = await openDisc(path, discOptions(options));
    discs.push(disc);
    return disc;
  };
  try {
    const drives: EmulatedDrive[] = [];
    for (const [index, path] of paths.entries()) {
      const log = (command: ExecutedCommand) => stdout.line(`1-${index + 1}: ${describe(command)}`);
      const onCommand = options.log === true ? log : undefined;
      drives.push(await emulatedDrive(await keepOpen(path), index, options, onCommand));
    }
    const devices = drives.map(({ device }) => device);
    await using server = new UsbIpServer(devices, {
      onImport: (busId, client) => stdout.line(`${busId}: attached by ${client}`),
      onRelease: (busId, client) => stdout.line(`${busId}: ${client} has gone`),
      onRefusal: (client, reason) => stderr.line(`usb-dvd: ${client} was cut off: ${reason}.`),
    });
    const address = await listen(server, host, port);
    const served = drives.map((drive, index) => ({ ...drive, busId: `1-${index + 1}` }));
    for (const [index, { busId }] of served.entries()) {
      const tcpPort = address.port === USBIP_PORT ? "" : `--tcp-port ${address.port} `;
      stdout.line(`${busId}: ${paths[index] ?? ""}`);
      stdout.line(`  attach it with: usbip ${tcpPort}attach --remote ${host} --busid ${busId}`);
    }
    const control = new DriveControl(served, server, keepOpen);
    const stopListening = options.control === true ? obey(control, context) : undefined;
    await interrupted(signal);
    stopListening?.();
  } finally {
    for (const disc of discs) await disc.close();
  }
}

/** `--port`: 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 0xffff) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function refuseExposure(host: string, expose: boolean): void {
  const isLoopback = host === "localhost" || host === "::1" || host.startsWith("127.");
  if (isLoopback || expose) return;
  throw new UsageError(
    `At ${host}, whoever reaches this computer can read the discs and change the drives, for USB/IP ` +
      `has no passwords. If that is meant, add --expose.`,
  );
}

async function listen(server: UsbIpServer, host: string, port: number) {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if (!(error instanceof UsbIpServerError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** For instance `READ (10) 28 00 ...: 06/29/00, power on or reset`. Data may hold keys and is left out. */
function describe({ name = "unknown command", cdb, sense }: ExecutedCommand): string {
  const command = `${name} ${Array.from(cdb, hexByte).join(" ")}`;
  if (sense === undefined) return command;
  const { key, asc, ascq } = sense;
  return `${command}: ${[key, asc, ascq].map(hexByte).join("/")}, ${senseText(asc, ascq)}`;
}

/** Does as standard input says, line by line; what is returned ends that. */
function obey(control: DriveControl, { stdin, stdout, stderr }: CliContext): () => void {
  if (stdin === undefined) return () => undefined;
  const lines = createInterface({ input: stdin });
  let last = Promise.resolve();
  lines.on("line", (line) => {
    if (line.trim() === "") return;
    last = last
      .then(() => control.run(line))
      .then(
        (answer) => stdout.line(answer),
        (error: unknown) => stderr.line(`usb-dvd: ${(error as Error).message}`),
      );
  });
  return () => lines.close();
}

/** Adds the command to the program. */
export function defineEmulate(program: Command, context: CliContext): void {
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
}
