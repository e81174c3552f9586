import { InvalidArgumentError } from "commander";
import {
  BulkOnlyDevice,
  UsbIpServer,
  UsbIpServerError,
  USBIP_PORT,
  VirtualDrive,
  type IsoFileDisc,
} from "../../virtual/node.js";
import type { CliContext } from "../context.js";
import { UsageError } from "../errors.js";
import { openDisc } from "../open-drive.js";

export interface EmulateCommandOptions {
  readonly host: string;
  readonly port: number;
  /** Whether others than this computer may use the drives. */
  readonly expose?: boolean;
}

const loopback = "127.0.0.1";

export const emulateDefaults = { host: loopback, port: USBIP_PORT } as const;

/** `usb-dvd emulate`: serves a virtual drive a disc over USB/IP, until it is interrupted. */
export async function emulateCommand(
  { stdout, stderr, signal }: Pick<CliContext, "stdout" | "stderr" | "signal">,
  paths: readonly string[],
  { host, port, expose }: EmulateCommandOptions,
): Promise<void> {
  refuseExposure(host, expose === true);
  const discs: IsoFileDisc[] = [];
  try {
    for (const path of paths) discs.push(await openDisc(path));
    const devices = discs.map((disc, index) => new BulkOnlyDevice(driveWith(disc, index)));
    await using server = new UsbIpServer(devices, {
      onImport: (busId, client) => stdout.line(`${busId}: attached by ${client}`),
      onRelease: (busId, client) => stdout.line(`${busId}: ${client} has gone`),
      onRefusal: (client, reason) => stderr.line(`usb-dvd: ${client} was cut off: ${reason}.`),
    });
    const address = await listen(server, host, port);
    for (const [index, device] of devices.entries()) {
      const busId = server.busIdOf(device) ?? "";
      stdout.line(`${busId}: ${paths[index] ?? ""}`);
      stdout.line(
        `  attach it with: usbip --tcp-port ${address.port} attach --remote ${host} --busid ${busId}`,
      );
    }
    await interrupted(signal);
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

/** Each drive has a serial number of its own, by which systems tell them apart. */
function driveWith(disc: IsoFileDisc, index: number): VirtualDrive {
  const serial = (index + 1).toString().padStart(12, "0");
  return new VirtualDrive({ disc, identity: { serial } });
}

async function listen(server: UsbIpServer, host: string, port: number) {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if (!(error instanceof UsbIpServerError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Waits for Ctrl-C or SIGTERM, by which this command is meant to end. */
function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
