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

/** Waits for Ctrl-C or SIGTERM, by which this command is meant to end. */
function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
