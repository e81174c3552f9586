import type { Command } from "commander";
import { UsbDvdError } from "../../errors.js";
import type { UsbDriveCandidate } from "../../usb/libusb/index.js";
import { matchesLocator } from "../../usb/locator.js";
import type { CliContext } from "../context.js";
import { DriveWatch, type WatchedEvent } from "../drive-watch.js";
import { formatBytes, printable } from "../format.js";
import { interrupted } from "../interrupted.js";
import { parseLocator } from "../locator.js";
import { openDrive, openCandidate, opticalOnly, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";

export interface WatchCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

/** `usb-dvd watch`: what happens to drives and their discs, until Ctrl-C. */
export async function watchCommand(
  context: CliContext,
  options: WatchCommandOptions,
): Promise<void> {
  const { stdout, signal } = context;
  const tell = (event: WatchedEvent): void => {
    const at = new Date();
    stdout.line(options.json === true ? JSON.stringify({ at, ...event }) : describe(at, event));
  };
  const locator = options.drive === undefined ? undefined : parseLocator(options.drive);
  if (locator !== undefined && locator.kind !== "usb") {
    await using opened = await openDrive(options, context);
    const gone = new Promise<void>((resolve) => watchOpen(opened.drive, tell, resolve));
    await Promise.race([gone, interrupted(signal)]);
    return;
  }
  await using drives = new WatchedDrives(context, options, tell);
  const isWanted = ({ info }: Pick<UsbDriveCandidate, "info">): boolean =>
    locator === undefined || matchesLocator(info, locator.device);
  const watching = await context.watchDrives({
    attached: (candidate) => isWanted(candidate) && drives.attached(candidate),
    detached: (info) => isWanted({ info }) && drives.detached(info.location),
  });
  try {
    for (const candidate of opticalOnly(await context.listDrives())) {
      if (isWanted(candidate)) drives.attached(candidate);
    }
    await interrupted(signal);
  } finally {
    await watching[Symbol.asyncDispose]();
  }
}

function watchOpen(
  drive: Awaited<ReturnType<typeof openDrive>>["drive"],
  tell: (event: WatchedEvent) => void,
  onGone: () => void,
): DriveWatch {
  const { vendor, product, usb } = drive.identity;
  const watch = new DriveWatch(drive, tell);
  tell({ event: "watching", location: usb.location, drive: `${vendor} ${product}`.trim() });
  watch.start(() => {
    tell({ event: "disconnected", location: usb.location });
    onGone();
  });
  return watch;
}

/** The drives that are plugged in, each watched from when it comes until it goes. */
class WatchedDrives implements AsyncDisposable {
  readonly #context: CliContext;
  readonly #options: WatchCommandOptions;
  readonly #tell: (event: WatchedEvent) => void;
  /** What becomes of each drive, by its location. */
  readonly #watched = new Map<string, Promise<void>>();
  readonly #ended = new AbortController();

  constructor(
    context: CliContext,
    options: WatchCommandOptions,
    tell: (event: WatchedEvent) => void,
  ) {
    this.#context = context;
    this.#options = options;
    this.#tell = tell;
  }

  attached(candidate: UsbDriveCandidate): void {
    const { location } = candidate.info;
    if (this.#watched.has(location)) return;
    this.#tell({ event: "attached", location });
    const watching = this.#watch(candidate).catch((error: unknown) => {
      const message = (error as Error).message;
      this.#tell({ event: "problem", location, details: { message } });
      if (!(error instanceof UsbDvdError)) throw error;
    });
    this.#watched.set(location, watching);
  }

  detached(location: string): void {
    this.#watched.delete(location);
    this.#tell({ event: "detached", location });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#watched.values());
  }

  async #watch(candidate: UsbDriveCandidate): Promise<void> {
    await using opened = await openCandidate(candidate, this.#options, this.#context);
    let watch: DriveWatch | undefined;
    const gone = new Promise<void>((resolve) => {
      watch = watchOpen(opened.drive, this.#tell, resolve);
    });
    await Promise.race([gone, interrupted(this.#ended.signal)]);
    watch?.stop();
  }
}

const eventTexts: Readonly<Record<string, string>> = {
  attached: "plugged in",
  watching: "watched",
  detached: "unplugged",
  disconnected: "gone",
  mediaInserted: "disc inserted",
  mediaRemoved: "disc removed",
  ejectRequested: "the eject button was pressed",
  becameReady: "ready",
  regionChanged: "region changed",
  sessionStarted: "session started",
  sessionAuthenticated: "session authenticated",
  sessionEnded: "session ended",
  sessionLost: "session lost",
  problem: "problem",
};

function describe(at: Date, { event, location, drive, details = {} }: WatchedEvent): string {
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  const facts = Object.entries(details).map(([name, value]) =>
    name === "bytes" ? formatBytes(Number(value)) : textOf(name, value),
  );
  const what = `${eventTexts[event] ?? event}${facts.length > 0 ? `: ${facts.join(", ")}` : ""}`;
  const locator = location.startsWith("usbip:") ? location : `usb:${location}`;
  // Once is enough: what follows is known by the place.
  const name = event === "watching" ? drive : undefined;
  return printable([time, locator.padEnd(12), name, what].filter(Boolean).join("  "));
}

function textOf(name: string, value: unknown): string {
  if (Array.isArray(value)) return `${name} ${value.length === 0 ? "none" : value.join(" ")}`;
  return name === "disc" || name === "message" ? String(value) : `${name} ${String(value)}`;
}

/** Adds the command to the program. */
export function defineWatch(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("watch")
      .description("tell what happens to drives, discs, sessions and regions, until Ctrl-C"),
  )
    .option("--json", "as JSON, one object a line")
    .addHelpText("after", examples("usb-dvd watch", "usb-dvd watch --json --drive usb:2-1.4"))
    .action((options: WatchCommandOptions) => watchCommand(context, options));
}
