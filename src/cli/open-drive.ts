import { OpticalDrive } from "../drive/optical-drive.js";
import type { HostAuthenticator } from "../keys/host-authenticator.js";
import type { QuirkTable } from "../transport/quirks.js";
import type { UsbConnection } from "../usb/connection.js";
import type { UsbDriveCandidate } from "../usb/libusb/index.js";
import { matchesLocator } from "../usb/locator.js";
import { openUsbIp } from "../usb/usbip/index.js";
import { openWebUsb } from "../usb/webusb/index.js";
import {
  isoFileDisc,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
  type DiscOptions,
  type IsoFileDisc,
} from "../virtual/node.js";
import type { CliContext } from "./context.js";
import { DriveChoiceError } from "./errors.js";
import { parseLocator } from "./locator.js";
import { openTrace, type TraceOptions, type TraceOutput } from "./trace-output.js";

/** An open drive, and whatever else must be closed with it. */
export interface OpenDrive extends AsyncDisposable {
  readonly drive: OpticalDrive;
  /** The host's half of the secrets: known of a virtual drive only. */
  readonly authenticator?: HostAuthenticator;
}

/** Which drive a command is for, and what is wrong with it. */
export interface DriveOptions extends TraceOptions {
  /** A locator. */
  readonly drive?: string;
  readonly quirks?: QuirkTable;
}

/**
 * Opens the drive that a locator names; without one, the only drive that there is. It is closed as
 * soon as the context's signal is aborted, whatever it is doing.
 */
export async function openDrive(options: DriveOptions, context: OpenContext): Promise<OpenDrive> {
  const { drive: locator } = options;
  const { signal } = context;
  const parsed = locator === undefined ? undefined : parseLocator(locator);
  return traced(options, context, async (attachment) => {
    if (parsed?.kind === "virtual") return openVirtual(parsed.path, attachment);
    if (parsed?.kind === "usbip") {
      return attach(await openUsbIp(parsed.address, { signal }), attachment);
    }
    const candidate = choose(opticalOnly(await context.listDrives()), parsed?.device);
    return attach(await candidate.open(), attachment);
  });
}

/** Opens a drive that was found. */
export function openCandidate(
  candidate: UsbDriveCandidate,
  options: DriveOptions,
  context: OpenContext,
): Promise<OpenDrive> {
  return traced(options, context, async (attachment) => attach(await candidate.open(), attachment));
}

type OpenContext = Pick<CliContext, "listDrives" | "signal" | "stderr">;

async function traced(
  options: DriveOptions,
  { signal, stderr }: OpenContext,
  open: (attachment: Attachment) => Promise<OpenDrive>,
): Promise<OpenDrive> {
  const { quirks } = options;
  const output = openTrace(options, stderr);
  try {
    return await open({ signal, output, ...(quirks && { quirks }) });
  } catch (error) {
    output.close();
    throw error;
  }
}

interface Attachment {
  readonly signal: AbortSignal;
  readonly quirks?: QuirkTable;
  readonly output: TraceOutput;
}

async function attach(
  connection: UsbConnection,
  { output, ...options }: Attachment,
): Promise<OpenDrive> {
  const drive = await OpticalDrive.open(output.tap(connection), options);
  return closedBy(options.signal, drive, async () => {
    try {
      await drive.close();
    } finally {
      output.close();
    }
  });
}

/** Leaves out what the operating system knows to be no optical drive. */
export function opticalOnly(candidates: readonly UsbDriveCandidate[]): UsbDriveCandidate[] {
  const optical = 5;
  return candidates.filter(({ kernel }) => (kernel?.deviceType ?? optical) === optical);
}

/** An open drive that is closed once: at the end of its block, or before, by the signal. */
function closedBy(signal: AbortSignal, drive: OpticalDrive, close: () => Promise<void>): OpenDrive {
  let closed: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => (closed ??= close());
  // Whoever waits for the end of the block hears of a failure.
  const onAbort = (): void => void closeOnce().catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    drive,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", onAbort);
      await closeOnce();
    },
  };
}

async function openVirtual(path: string, attachment: Attachment): Promise<OpenDrive> {
  const disc = await openDisc(path);
  try {
    const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
    const opened = await attach(await openWebUsb(device), attachment);
    return {
      ...opened,
      authenticator: standInAuthenticator().host,
      async [Symbol.asyncDispose]() {
        try {
          await opened[Symbol.asyncDispose]();
        } finally {
          await disc.close();
        }
      },
    };
  } catch (error) {
    await disc.close();
    throw error;
  }
}

/** The disc image at a path, for a virtual drive. */
export async function openDisc(path: string, options?: DiscOptions): Promise<IsoFileDisc> {
  try {
    return await isoFileDisc(path, options);
  } catch (error) {
    const problem = `The virtual drive cannot use ${path}: ${(error as Error).message}`;
    throw new DriveChoiceError("NO_DRIVE", problem, { cause: error });
  }
}

function choose(
  candidates: readonly UsbDriveCandidate[],
  wanted: string | undefined,
): UsbDriveCandidate {
  const matching =
    wanted === undefined
      ? candidates
      : candidates.filter(({ info }) => matchesLocator(info, wanted));
  const [first, ...others] = matching;
  const present = candidates.map(({ info }) => `usb:${info.location}`).join(", ");
  if (first === undefined) {
    const message =
      candidates.length === 0
        ? "There is no USB optical drive. Plug one in and check its power, or use a virtual one: " +
          "--drive virtual:<file.iso>."
        : `No drive answers to usb:${wanted ?? ""}. There is: ${present}.`;
    throw new DriveChoiceError("NO_DRIVE", message);
  }
  if (others.length > 0) {
    throw new DriveChoiceError(
      "SEVERAL_DRIVES",
      `There are ${matching.length} drives: ${present}. Choose one with --drive.`,
    );
  }
  return first;
}
