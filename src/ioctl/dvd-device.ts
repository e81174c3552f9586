import { executeIfSupported, type Executor } from "../scsi/executor.js";
import type { KeyEngine } from "../keys/key-engine.js";
import { findFeature } from "../mmc/feature.js";
import { getConfiguration } from "../mmc/get-configuration.js";
import { ioControlCodes } from "./control-codes.js";
import { failureStatus } from "./failure-status.js";
import { getRegion } from "./get-region.js";
import {
  failure,
  type IoControlDrive,
  type IoControlHandler,
  type IoControlResult,
} from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { setDvdReadAhead } from "./read-ahead.js";
import { readKey } from "./read-key.js";
import { readStructure } from "./read-structure.js";
import { sendKey, sendKey2 } from "./send-key.js";
import { endSession, startSession } from "./session.js";

const handlers: Readonly<Record<number, IoControlHandler>> = {
  [ioControlCodes.startSession]: startSession,
  [ioControlCodes.readKey]: readKey,
  [ioControlCodes.sendKey]: sendKey,
  [ioControlCodes.sendKey2]: sendKey2,
  [ioControlCodes.endSession]: endSession,
  [ioControlCodes.getRegion]: getRegion,
  [ioControlCodes.readStructure]: readStructure,
  [ioControlCodes.setReadAhead]: setDvdReadAhead,
  [ioControlCodes.storageSetReadAhead]: setDvdReadAhead,
};

const dvdRomProfile = 0x0010;
const maxUlong = 0xffff_ffff;

/** What a device stands on: an `OpticalDrive`, or whatever else carries out its commands. */
export type DvdDeviceDrive = Executor & {
  readonly keys?: Pick<KeyEngine, "ensureInitialRegion">;
};

export interface DvdDeviceOptions {
  /**
   * Whether a drive that never had a region is given that of the disc when its region is read, as
   * Windows does it by default; this spends one of the drive's few changes. Only where the drive has
   * a key engine.
   */
  readonly initialRegion?: "from-medium" | "leave";
}

/**
 * A drive as ntddcdvd.h has it: control codes, structures and statuses as the reference driver of
 * Windows takes and gives them (microsoft/Windows-driver-samples, storage/class/cdrom).
 *
 * Keys go through as they come: nothing here encrypts, decrypts or keeps one.
 */
export class DvdDevice {
  readonly #drive: IoControlDrive;
  #isDvdDrive: boolean | undefined;

  constructor(drive: DvdDeviceDrive, { initialRegion = "from-medium" }: DvdDeviceOptions = {}) {
    this.#drive = {
      execute: (command, options) => drive.execute(command, options),
      isDvdDrive: () => this.#askWhetherDvdDrive(),
      async ensureInitialRegion() {
        if (initialRegion === "from-medium") await drive.keys?.ensureInitialRegion();
      },
    };
  }

  /**
   * Carries out a control code. `input` is left as it is; `outputLength` is the room, in bytes,
   * that the caller has for the answer. Every failure of the drive is a status; only a fault of the
   * program is thrown.
   */
  async deviceIoControl(
    code: number,
    input: Uint8Array,
    outputLength: number,
  ): Promise<IoControlResult> {
    if (!Number.isInteger(outputLength) || outputLength < 0 || outputLength > maxUlong) {
      throw new RangeError(`${outputLength} is no length of a buffer: give 0 to ${maxUlong}`);
    }
    const handler = handlers[code];
    if (handler === undefined) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
    try {
      // A copy, since the caller's own may change while the drive is being asked.
      return await handler(this.#drive, { input: input.slice(), outputLength });
    } catch (error) {
      const status = failureStatus(error);
      if (status === undefined) throw error;
      return failure(status);
    }
  }

  /** Asks once. A drive that does not list its profiles is left to refuse by itself. */
  async #askWhetherDvdDrive(): Promise<boolean> {
    if (this.#isDvdDrive === undefined) {
      const configuration = await executeIfSupported(this.#drive, getConfiguration());
      const list = configuration && findFeature(configuration.features, "profileList");
      const profiles = list?.fields.profiles;
      this.#isDvdDrive = profiles?.some(({ code }) => code === dvdRomProfile) ?? true;
    }
    return this.#isDvdDrive;
  }
}
