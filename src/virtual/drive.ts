import type { DriveAuthenticator } from "./authenticator.js";
import { byteAt, nothing } from "./bytes.js";
import type { Command, DriveIdentity, DriveParts } from "./command.js";
import type { Disc } from "./disc.js";
import { KeySessions } from "./key-sessions.js";
import { commands } from "./mmc/commands.js";
import { Notifications } from "./notifications.js";
import { ReadSpeed } from "./read-speed.js";
import { RegionControl, type RegionState } from "./region.js";
import { refuse, type Reply, type ScsiStatus } from "./reply.js";
import {
  invalidFieldInCdb,
  invalidOperationCode,
  mediumMayHaveChanged,
  noSense,
  parametersChanged,
  powerOnOrReset,
  type Sense,
} from "./sense.js";
import { standInAuthenticator } from "./stand-in-authenticator.js";
import { Tray } from "./tray.js";

export interface VirtualDriveOptions {
  /** The disc in the drive when it is switched on. */
  readonly disc?: Disc;
  readonly identity?: Partial<DriveIdentity>;
  /** Default: as from the factory, RPC-II with no region set and five changes left. */
  readonly region?: Partial<RegionState>;
  /** Whether the tray is open when the drive is switched on. Default: closed. */
  readonly trayOpen?: boolean;
  /** The speeds it reads at, in kB/s. Default: DVD 2x, 4x, 8x and 16x. */
  readonly readSpeeds?: readonly number[];
  /** How many TEST UNIT READY polls find a disc still spinning up. Default: 0. */
  readonly becomingReadyPolls?: number;
  /** The drive's secret half of an authentication. Default: `standInAuthenticator().drive`. */
  readonly authenticator?: DriveAuthenticator;
  /**
   * Keeps a new region state, before the drive takes it on. If it throws, the drive stays as it
   * was, and the host hears of a logical unit failure (04/3E/01).
   */
  readonly onRegionChange?: (state: RegionState) => void;
  /** Hears of every command once it has its answer. It must not throw. */
  readonly onCommand?: (command: ExecutedCommand) => void;
  readonly oddities?: DriveOddities;
}

/** A command as the drive got it, and how it ended. */
export interface ExecutedCommand {
  /** As MMC-6 calls it; undefined for a command that the drive does not have. */
  readonly name: string | undefined;
  readonly cdb: Uint8Array;
  /** The data that came with it. */
  readonly parameters: Uint8Array;
  readonly status: ScsiStatus;
  /** Why it failed. */
  readonly sense?: Sense;
}

/** What real drives were seen to do, which the standard does not ask of them. */
export interface DriveOddities {
  /** How many polls of REPORT KEY 08h still show the old mask after a change. Default: 0. */
  readonly laggingRegion?: number;
  /** The command after a SEND KEY that set the region meets a unit attention (06/2A/00). */
  readonly unitAttentionAfterSendKey?: boolean;
}

const defaultIdentity: DriveIdentity = {
  vendorId: "USB-DVD",
  productId: "Virtual DVD-ROM",
  revision: "1.00",
  serial: "0123456789AB",
};

const commandOf: readonly (Command | undefined)[] = Array.from({ length: 0x100 }, (_, opcode) =>
  commands.find((command) => command.opcode === opcode),
);

/**
 * A DVD drive in software: the target of MMC-6 commands, with a tray and a person in front of it.
 * It knows nothing of USB; `BulkOnlyDevice` carries its commands.
 */
export class VirtualDrive {
  readonly identity: DriveIdentity;
  readonly #parts: DriveParts;
  readonly #onCommand: VirtualDriveOptions["onCommand"];
  #sense: Sense = noSense;
  #unitAttentions: Sense[] = [powerOnOrReset];
  #nextFailure: Sense | undefined;
  #lastReadError: unknown;
  #lastFailure: unknown;

  constructor(options: VirtualDriveOptions = {}) {
    this.identity = { ...defaultIdentity, ...options.identity };
    this.#onCommand = options.onCommand;
    const notifications = new Notifications();
    const sessions = new KeySessions();
    const mediumChanged = () => {
      sessions.clear();
      notifications.raiseOperationalChange();
    };
    const tray = new Tray(
      {
        disc: options.disc,
        open: options.trayOpen,
        becomingReadyPolls: options.becomingReadyPolls,
      },
      {
        mediumArrived: () => {
          mediumChanged();
          notifications.raiseMedia("newMedia");
          this.#raise(mediumMayHaveChanged);
        },
        mediumLeft: () => {
          mediumChanged();
          notifications.raiseMedia("mediaRemoval");
        },
      },
    );
    this.#parts = {
      identity: this.identity,
      tray,
      notifications,
      sessions,
      readSpeed: new ReadSpeed(options.readSpeeds),
      authenticator: options.authenticator ?? standInAuthenticator().drive,
      region: new RegionControl(options.region, {
        onChange: options.onRegionChange,
        laggingReports: options.oddities?.laggingRegion,
      }),
      takeSense: () => this.#takeSense(),
      noteReadError: (cause) => {
        this.#lastReadError = cause;
      },
      noteFailure: (cause) => {
        this.#lastFailure = cause;
      },
      regionWasSet: () => {
        if (options.oddities?.unitAttentionAfterSendKey) this.#raise(parametersChanged);
      },
    };
  }

  /** Bytes of parameters that a command wants from the host before it can run. */
  parameterLength(cdb: Uint8Array): number {
    const command = commandOf[byteAt(cdb, 0)];
    return command?.parameterLength?.(cdb) ?? 0;
  }

  /**
   * Runs a command, and never throws or rejects: what goes wrong is sense data.
   *
   * `hostLength` is how many bytes the host will take at most; nothing beyond it is read.
   */
  execute(
    cdb: Uint8Array,
    parameters: Uint8Array = nothing,
    hostLength = Infinity,
  ): Reply | Promise<Reply> {
    const reply = this.#dispatch(cdb, parameters, hostLength);
    return reply instanceof Promise
      ? reply.then((settled) => this.#finish(cdb, parameters, settled))
      : this.#finish(cdb, parameters, reply);
  }

  /** A bus reset: the next command hears of it; locks, sessions and unread events are gone. */
  reset(): void {
    const { tray, notifications, sessions } = this.#parts;
    this.#unitAttentions = [powerOnOrReset];
    this.#sense = noSense;
    tray.locked = false;
    tray.persistentlyLocked = false;
    notifications.clear();
    sessions.clear();
  }

  /** Opens the tray if need be, puts the disc on it in place of any other, and closes it. */
  insert(disc: Disc): void {
    const { tray } = this.#parts;
    tray.open();
    tray.exchange(disc);
    tray.close();
  }

  /** Opens the tray, locked or not, with the disc on it: the pin in the emergency hole. */
  eject(): void {
    this.#parts.tray.open();
  }

  /** The next command, whatever it is, fails with this sense data. */
  failNext(sense: Sense): void {
    this.#nextFailure = sense;
  }

  /** Takes the disc out and puts it in again, which to the host is another disc. */
  reinsertDisc(): void {
    const disc = this.takeDisc();
    if (disc) this.insert(disc);
    else this.closeTray();
  }

  /** Opens the tray and takes the disc, if there is one. */
  takeDisc(): Disc | undefined {
    this.eject();
    return this.#parts.tray.exchange(undefined);
  }

  closeTray(): void {
    this.#parts.tray.close();
  }

  /** The button at the front: the host hears of it, and an unlocked tray opens or closes. */
  pressEject(): void {
    const { tray, notifications } = this.#parts;
    if (tray.isOpen) {
      tray.close();
      return;
    }
    notifications.raiseMedia("ejectRequest");
    if (!tray.prevented) tray.open();
  }

  get trayOpen(): boolean {
    return this.#parts.tray.isOpen;
  }

  /** Whether the host has locked the tray. */
  get trayLocked(): boolean {
    return this.#parts.tray.prevented;
  }

  get region(): RegionState {
    return this.#parts.region.state;
  }

  /** The speed it was told to read at, in kB/s. */
  get readSpeed(): number {
    return this.#parts.readSpeed.current;
  }

  /** Why the last disc read failed, which the host sees as an unrecovered read error only. */
  get lastReadError(): unknown {
    return this.#lastReadError;
  }

  /** Why the host was last told of a logical unit failure: an authenticator or a hook that threw. */
  get lastFailure(): unknown {
    return this.#lastFailure;
  }

  #dispatch(cdb: Uint8Array, parameters: Uint8Array, hostLength: number): Reply | Promise<Reply> {
    const failure = this.#nextFailure;
    this.#nextFailure = undefined;
    if (failure) return refuse(failure);
    const command = commandOf[byteAt(cdb, 0)];
    if (!command?.passesUnitAttention) {
      const unitAttention = this.#unitAttentions.shift();
      if (unitAttention) return refuse(unitAttention);
    }
    if (!command) return refuse(invalidOperationCode);
    if (cdb.length < command.cdbLength) return refuse(invalidFieldInCdb(cdb.length));
    const { tray } = this.#parts;
    if (command.needsMedium && !tray.medium) return refuse(tray.notReady);
    return command.run(this.#parts, cdb, parameters, hostLength);
  }

  #finish(cdb: Uint8Array, parameters: Uint8Array, reply: Reply): Reply {
    const { status, sense } = reply;
    const name = commandOf[byteAt(cdb, 0)]?.name;
    this.#onCommand?.({ name, cdb, parameters, status, ...(sense && { sense }) });
    return this.#remember(reply);
  }

  /** Sense data lasts until it is fetched or the next command ends (SPC-4). */
  #remember(reply: Reply): Reply {
    this.#sense = reply.sense ?? noSense;
    return reply;
  }

  #takeSense(): Sense {
    if (this.#sense !== noSense) return this.#sense;
    return this.#unitAttentions.shift() ?? noSense;
  }

  #raise(unitAttention: Sense): void {
    if (!this.#unitAttentions.includes(unitAttention)) this.#unitAttentions.push(unitAttention);
  }
}
