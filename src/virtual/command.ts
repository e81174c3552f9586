import type { DriveAuthenticator } from "./authenticator.js";
import type { KeySessions } from "./key-sessions.js";
import type { Notifications } from "./notifications.js";
import type { ReadSpeed } from "./read-speed.js";
import type { RegionControl } from "./region.js";
import type { Reply } from "./reply.js";
import type { Sense } from "./sense.js";
import type { Tray } from "./tray.js";

/** Who the drive says it is. ASCII; cut or padded to the fields of INQUIRY. */
export interface DriveIdentity {
  /** 8 characters. */
  readonly vendorId: string;
  /** 16 characters. */
  readonly productId: string;
  /** 4 characters. */
  readonly revision: string;
  /** Upper-case hexadecimal and 12 digits or more, as Bulk-Only Transport 1.0, 4.1.1 asks. */
  readonly serial: string;
}

/** The parts of the drive that commands work on. */
export interface DriveParts {
  readonly identity: DriveIdentity;
  readonly tray: Tray;
  readonly notifications: Notifications;
  readonly readSpeed: ReadSpeed;
  readonly region: RegionControl;
  readonly sessions: KeySessions;
  readonly authenticator: DriveAuthenticator;
  /** What REQUEST SENSE has to tell, and forgets by telling. */
  takeSense(): Sense;
  /** A disc that could not be read is a medium error to the host; the cause is kept here. */
  noteReadError(cause: unknown): void;
  /** What else went wrong inside is a logical unit failure to the host; the cause is kept here. */
  noteFailure(cause: unknown): void;
  /** SEND KEY has set the region; odd drives make something of it. */
  regionWasSet(): void;
}

/** One command of the drive: how it is recognised, what it needs, what it does. */
export interface Command {
  readonly name: string;
  readonly opcode: number;
  readonly cdbLength: 6 | 10 | 12;
  /** Runs in spite of a pending unit attention, which stays pending (SAM-4; MMC-6). */
  readonly passesUnitAttention?: boolean;
  readonly needsMedium?: boolean;
  /** Bytes of parameters that the CDB announces; absent for a command that takes none. */
  parameterLength?(cdb: Uint8Array): number;
  run(
    drive: DriveParts,
    cdb: Uint8Array,
    parameters: Uint8Array,
    hostLength: number,
  ): Reply | Promise<Reply>;
}
