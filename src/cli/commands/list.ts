import type { Command } from "commander";
import { examples } from "../options.js";
import { OpticalDrive } from "../../drive/optical-drive.js";
import { UsbDvdError } from "../../errors.js";
import type { UsbDriveCandidate } from "../../usb/libusb/index.js";
import { parseUsbIpServer } from "../../usb/usbip/address.js";
import { listUsbIpDrives } from "../../usb/usbip/index.js";
import { formatIds } from "../../usb/locator.js";
import type { CliContext } from "../context.js";
import { DriveChoiceError, UsageError } from "../errors.js";
import { opticalOnly } from "../open-drive.js";

export interface ListCommandOptions {
  readonly json?: boolean;
  /** A USB/IP server, `host[:port]`. */
  readonly remote?: string;
}

/** A drive as `list` shows it. */
interface ListedDrive {
  readonly locator: string;
  readonly usbId: string;
  readonly speed: string;
  readonly serialNumber: string | undefined;
  readonly vendor: string | undefined;
  readonly product: string | undefined;
  readonly revision: string | undefined;
  /** The kernel's block device, where its own driver has the drive. */
  readonly blockDevice: string | undefined;
  readonly mountedAt: string | undefined;
  /** Why the drive could not be asked. */
  readonly problem: string | undefined;
}

/** `usb-dvd list`: the drives that are plugged in. None of them is taken from the system. */
export async function listCommand(context: CliContext, options: ListCommandOptions): Promise<void> {
  const { stdout } = context;
  const listed: ListedDrive[] = [];
  for (const candidate of await candidates(context, options.remote)) {
    const drive = await identify(candidate);
    if (drive !== undefined) listed.push(drive);
  }
  if (options.json === true) {
    stdout.line(JSON.stringify(listed, undefined, 2));
    return;
  }
  if (listed.length === 0) {
    throw new DriveChoiceError(
      "NO_DRIVE",
      "There is no USB optical drive. Plug one in and check its power.",
    );
  }
  for (const drive of listed) stdout.line(describe(drive));
}

type Candidate = Pick<UsbDriveCandidate, "info" | "kernel" | "open">;

async function candidates(context: CliContext, remote?: string): Promise<readonly Candidate[]> {
  if (remote === undefined) return opticalOnly(await context.listDrives());
  const server = parseUsbIpServer(remote);
  if (server === undefined) {
    throw new UsageError(`'${remote}' names no server. Write host, host:port or [address]:port.`);
  }
  return listUsbIpDrives(server);
}

/** Asks the kernel who the drive is, and the drive itself only where no driver has it. */
async function identify(candidate: Candidate): Promise<ListedDrive | undefined> {
  const { info, kernel } = candidate;
  const listed: ListedDrive = {
    locator: info.location.startsWith("usbip:") ? info.location : `usb:${info.location}`,
    usbId: formatIds(info),
    speed: info.speed,
    serialNumber: info.serialNumber,
    vendor: kernel?.vendor ?? info.manufacturerName,
    product: kernel?.model ?? info.productName,
    revision: kernel?.revision,
    blockDevice: kernel?.blockDevice,
    mountedAt: kernel?.mountedAt,
    problem: undefined,
  };
  if (kernel !== undefined) return listed;
  try {
    await using drive = await OpticalDrive.open(await candidate.open());
    const { vendor, product, revision } = drive.identity;
    return { ...listed, vendor, product, revision };
  } catch (error) {
    if (!(error instanceof UsbDvdError)) throw error;
    if (error.code === "NOT_AN_OPTICAL_DRIVE" || error.code === "USB_NOT_A_DRIVE") return undefined;
    return { ...listed, problem: error.message };
  }
}

function describe(drive: ListedDrive): string {
  const name = [drive.vendor, drive.product].filter(Boolean).join(" ") || "unknown drive";
  const details = [
    `${drive.usbId}, ${drive.speed} speed`,
    drive.serialNumber && `serial ${drive.serialNumber}`,
    drive.blockDevice,
    drive.mountedAt && `mounted at ${drive.mountedAt}`,
  ];
  const indent = " ".repeat(12);
  return [
    `${drive.locator.padEnd(12)} ${name}${drive.revision ? ` (firmware ${drive.revision})` : ""}`,
    `${indent} ${details.filter(Boolean).join(", ")}`,
    ...(drive.problem === undefined ? [] : [`${indent} ${drive.problem}`]),
  ].join("\n");
}

/** Adds the command to the program. */
export function defineList(program: Command, context: CliContext): void {
  program
    .command("list")
    .description("show the drives that are plugged in")
    .option("--json", "as JSON")
    .option("-r, --remote <host[:port]>", "those that a USB/IP server has to give")
    .addHelpText("after", examples("usb-dvd list", "usb-dvd list --remote nas.local"))
    .action((options: ListCommandOptions) => listCommand(context, options));
}
