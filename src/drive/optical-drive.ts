import { DriverEvents } from "../events.js";
import type { Command } from "../scsi/command.js";
import { KeyEngine, type KeyEngineOptions } from "../keys/key-engine.js";
import { inquiry, type Inquiry } from "../scsi/inquiry.js";
import { LogicalUnit, type UnitExecuteOptions } from "../scsi/logical-unit.js";
import { preventAllowMediumRemoval } from "../scsi/medium-removal.js";
import { isSenseError } from "../scsi/sense-error.js";
import { startStopUnit } from "../scsi/start-stop-unit.js";
import {
  BulkOnlyTransport,
  type BulkOnlyTransportOptions,
} from "../transport/bulk-only-transport.js";
import type { CommandTransport } from "../transport/command-transport.js";
import type { UsbConnection } from "../usb/connection.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import { readCapabilities, type Capabilities } from "./capabilities.js";
import { DiscReader, type ReadRange } from "./disc-reader.js";
import { DriveError } from "./errors.js";
import { readIdentity, type DriveIdentity } from "./identity.js";
import { MediaWatcher } from "./media-watcher.js";
import { readMedium, type Medium } from "./medium.js";
import { readPresence, type Presence } from "./presence.js";
import { readReadSpeeds, setReadSpeed } from "./read-speed.js";
import { wakeUp } from "./wake-up.js";

// A type and not an interface: the event emitter wants one that could have any other name in it.
export type OpticalDriveEvents = {
  /** The drive says so by itself, with the next command: look at the disc again. */
  mediumMayHaveChanged: () => void;
  mediaInserted: () => void;
  mediaRemoved: () => void;
  /** The disc in the drive can be read from now on. */
  becameReady: () => void;
  /** Somebody has pressed the button of a drive whose tray is locked. */
  ejectRequested: () => void;
  /** The drive has gone. Told once, by the first command that finds it out. */
  disconnected: () => void;
  /** A look at the drive has failed; the next one comes in its time. */
  lookFailed: (error: unknown) => void;
};

export interface OpenOptions {
  readonly signal?: AbortSignal;
}

export interface AttachOptions extends OpenOptions {
  /** How the drive's key engine is to behave. */
  readonly keys?: KeyEngineOptions;
}

/** SPC-4, table 176. */
const opticalDeviceType = 5;
/** SPC-4, table 175: a device of the given type is connected. */
const deviceConnected = 0;
/** NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED. */
const mediumMayHaveChanged = 0x28;

const defaultLookIntervalMs = 1_000;

/** An optical drive, whatever it is connected by. */
export class OpticalDrive extends DriverEvents<OpticalDriveEvents> implements AsyncDisposable {
  readonly identity: DriveIdentity;
  /** Sessions, copy-protection keys and the drive's region. */
  readonly keys: KeyEngine;
  readonly #unit: LogicalUnit;
  readonly #reader: DiscReader;
  readonly #watcher: MediaWatcher;
  #watching: AbortController | undefined;
  #locked = false;
  #gone = false;
  #closed: Promise<void> | undefined;

  /** Opens the drive behind a USB connection, and takes the connection over, also where it fails. */
  static async open(
    connection: UsbConnection,
    { quirks, ...options }: AttachOptions & BulkOnlyTransportOptions = {},
  ): Promise<OpticalDrive> {
    let transport: BulkOnlyTransport;
    try {
      transport = await BulkOnlyTransport.open(connection, quirks ? { quirks } : {});
    } catch (error) {
      await connection.close();
      throw error;
    }
    return OpticalDrive.attach(transport, options);
  }

  /**
   * Finds the optical drive among a transport's logical units, and takes the transport over, also
   * where it fails. Throws `DriveError` where there is none.
   */
  static async attach(
    transport: CommandTransport,
    { keys, ...options }: AttachOptions = {},
  ): Promise<OpticalDrive> {
    try {
      for (let lun = 0; lun <= transport.maxLun; lun++) {
        const unit = new LogicalUnit(transport, { lun });
        if (transport.quirks?.wakeUp === true) await unit.execute(wakeUp(), options);
        const answer = await unit.execute(inquiry(), options);
        if (!isOpticalDrive(answer)) continue;
        return new OpticalDrive(unit, await readIdentity(unit, answer, transport.device), keys);
      }
      throw new DriveError(
        "NOT_AN_OPTICAL_DRIVE",
        `The device at ${transport.device.location} has no optical drive. Choose another one.`,
      );
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  private constructor(unit: LogicalUnit, identity: DriveIdentity, keys?: KeyEngineOptions) {
    super();
    this.#unit = unit;
    this.identity = identity;
    this.#reader = new DiscReader(this, unit.transport.maxTransferBytes);
    this.#watcher = new MediaWatcher(this);
    this.keys = new KeyEngine(this, keys);
    unit.on("unitAttention", (sense) => {
      this.keys.noteUnitAttention(sense);
      if (sense.asc !== mediumMayHaveChanged) return;
      this.#watcher.noteMediumChange();
      this.announce("mediumMayHaveChanged");
    });
  }

  /**
   * Carries out any command; see `LogicalUnit.execute`. Every other method does what it does by
   * this one, and throws what it throws.
   */
  async execute<Reply>(command: Command<Reply>, options?: UnitExecuteOptions): Promise<Reply> {
    try {
      return await this.#unit.execute(command, options);
    } catch (error) {
      if (error instanceof UsbDisconnectedError) this.#noteDisconnection();
      throw error;
    }
  }

  capabilities(): Promise<Capabilities> {
    return readCapabilities(this);
  }

  /** Whether there is a disc, and whether it can be used; does not wait for it. */
  presence(options: OpenOptions = {}): Promise<Presence> {
    return readPresence(this, options.signal);
  }

  /** The disc in the drive, once the drive knows it; undefined where there is none. */
  medium(options: OpenOptions = {}): Promise<Medium | undefined> {
    const fixCapacity = this.#unit.transport.quirks?.fixCapacity === true;
    return readMedium(this, { ...options, fixCapacity });
  }

  /**
   * The blocks of a range in order, in chunks of whole blocks, with the next command on its way
   * while a chunk is consumed. Ends only when every block was read; throws at the first that
   * cannot be, after the chunks before it.
   */
  read(range: ReadRange): AsyncGenerator<Uint8Array, void, void> {
    return this.#reader.read(range);
  }

  /** The speeds at which the disc can be read, in bytes a second, the fastest first. */
  readSpeeds(): Promise<number[]> {
    return readReadSpeeds(this);
  }

  /** Sets how fast the disc is read, in bytes a second; the drive takes the nearest that it has. */
  async setReadSpeed(bytesPerSecond: number | "max"): Promise<void> {
    const medium = await this.medium();
    if (medium === undefined) {
      throw new DriveError(
        "NO_MEDIUM",
        "A speed is set for a disc, and there is none. Insert one.",
      );
    }
    await setReadSpeed(this, medium, bytesPerSecond);
  }

  /** Opens the tray; a lock of ours, or one that was left behind, is taken off first. */
  async eject(options: OpenOptions = {}): Promise<void> {
    await this.unlock(options);
    await this.execute(startStopUnit("eject"), options);
  }

  /** Pulls the tray in. */
  async load(options: OpenOptions = {}): Promise<void> {
    await this.execute(startStopUnit("load"), options);
  }

  /** Locks the tray until `unlock`, `eject` or `close`. */
  async lock(options: OpenOptions = {}): Promise<void> {
    this.#locked = true;
    try {
      await this.execute(preventAllowMediumRemoval(true), options);
    } catch (error) {
      // Of a command without an answer nobody knows whether the drive has carried it out.
      if (isSenseError(error)) this.#locked = false;
      throw error;
    }
  }

  async unlock(options: OpenOptions = {}): Promise<void> {
    await this.execute(preventAllowMediumRemoval(false), options);
    this.#locked = false;
  }

  /** Starts to look for changes every `intervalMs` milliseconds, and to announce them. */
  watchMedia(intervalMs = defaultLookIntervalMs): void {
    if (this.#watching !== undefined) return;
    this.#watching = new AbortController();
    void this.#watch(intervalMs, this.#watching.signal);
  }

  stopWatchingMedia(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  /**
   * Ends the sessions with the drive, allows the removal of the disc where it was locked, and closes
   * the connection; each also where the one before fails.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.stopWatchingMedia();
    try {
      await this.keys.close();
    } finally {
      try {
        if (this.#locked && !this.#gone) await this.unlock();
      } finally {
        await this.#unit.transport.close();
      }
    }
  }

  async #watch(intervalMs: number, stop: AbortSignal): Promise<void> {
    const stopped = (): boolean => stop.aborted;
    while (!stopped()) {
      try {
        // Not given the signal: to break off a command would cost the drive a reset.
        const changes = await this.#watcher.look();
        if (stopped()) return;
        for (const change of changes) this.announce(change);
      } catch (error) {
        if (stopped() || error instanceof UsbDisconnectedError) return;
        this.announce("lookFailed", error);
      }
      await interval(intervalMs, stop);
    }
  }

  #noteDisconnection(): void {
    if (this.#gone || this.#closed !== undefined) return;
    this.#gone = true;
    this.keys.noteDisconnection();
    this.announce("disconnected");
  }
}

function isOpticalDrive({ peripheralQualifier, peripheralDeviceType }: Inquiry): boolean {
  return peripheralQualifier === deviceConnected && peripheralDeviceType === opticalDeviceType;
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
function interval(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end, { once: true });
  });
}
