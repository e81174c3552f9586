import type { OpticalDrive } from "../drive/optical-drive.js";
import { UsbDvdError } from "../errors.js";

/** Something that has happened, as it is told. */
export interface WatchedEvent {
  readonly event: string;
  /** Where the drive is. */
  readonly location: string;
  /** Maker and model, once they are known. */
  readonly drive?: string;
  /** What more there is to say of the event. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Milliseconds between two looks at a drive, and at its region, which others may change. */
const lookIntervalMs = 1_000;
const regionIntervalMs = 10_000;

/** Tells of what happens to one open drive, until it has gone or is no longer watched. */
export class DriveWatch {
  readonly #drive: OpticalDrive;
  readonly #tell: (event: WatchedEvent) => void;
  #regionTimer: ReturnType<typeof setTimeout> | undefined;
  #lastProblem = "";
  #stopped = false;

  constructor(drive: OpticalDrive, tell: (event: WatchedEvent) => void) {
    this.#drive = drive;
    this.#tell = tell;
  }

  /** `onGone` is called once the drive has gone. */
  start(onGone: () => void): void {
    const drive = this.#drive;
    const { keys } = drive;
    const tellOf =
      (event: string) =>
      (details?: object): void =>
        this.#emit(event, details as Readonly<Record<string, unknown>> | undefined);
    drive.on("mediaInserted", tellOf("mediaInserted"));
    drive.on("mediaRemoved", tellOf("mediaRemoved"));
    drive.on("ejectRequested", tellOf("ejectRequested"));
    drive.on("becameReady", () => void this.#tellDisc());
    drive.on("lookFailed", (error) => this.#tellProblem(error));
    drive.on("disconnected", () => {
      this.stop();
      onGone();
    });
    keys.on("sessionStarted", tellOf("sessionStarted"));
    keys.on("sessionAuthenticated", tellOf("sessionAuthenticated"));
    keys.on("sessionEnded", tellOf("sessionEnded"));
    keys.on("sessionLost", tellOf("sessionLost"));
    keys.on("regionChanged", ({ before, after, cause }) =>
      this.#emit("regionChanged", { before: before.regions, after: after.regions, cause }),
    );
    drive.watchMedia(lookIntervalMs);
    void this.#lookAtRegion();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#regionTimer);
    this.#drive.stopWatchingMedia();
  }

  #emit(event: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#stopped) return;
    const { vendor, product, usb } = this.#drive.identity;
    const drive = `${vendor} ${product}`.trim();
    this.#tell({ event, location: usb.location, drive, ...(details && { details }) });
  }

  async #tellDisc(): Promise<void> {
    try {
      const medium = await this.#drive.medium();
      const details = medium && { disc: medium.name, bytes: medium.bytes };
      this.#emit("becameReady", details);
    } catch (error) {
      this.#tellProblem(error);
    }
  }

  /** The first of the same problems is told. */
  #tellProblem(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#lastProblem) return;
    this.#lastProblem = message;
    this.#emit("problem", { message });
  }

  /** What has changed since the last time, the key engine announces. */
  async #lookAtRegion(): Promise<void> {
    try {
      await this.#drive.keys.readRegion();
    } catch (error) {
      // A drive without regions is asked no more, and one that has gone says so by itself.
      if (error instanceof UsbDvdError) return;
      throw error;
    }
    if (this.#stopped) return;
    this.#regionTimer = setTimeout(() => void this.#lookAtRegion(), regionIntervalMs);
  }
}
