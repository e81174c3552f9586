import { nothing } from "./bytes.js";
import type { Sense } from "./sense.js";

/** SCSI status (SAM-4), as far as a drive on a Bulk-Only Transport can answer it. */
export type ScsiStatus = 0x00 | 0x02;

/** What the drive answers to one command. */
export interface Reply {
  readonly status: ScsiStatus;
  /** Why the command failed; it stays in the drive until REQUEST SENSE fetches it. */
  readonly sense?: Sense;
  /** Data for the host. It may be the disc's own memory: read it, never write to it. */
  readonly dataIn: Uint8Array;
  /**
   * Bytes the command means to send. More than `dataIn` holds only where the host asked for less,
   * so that nobody reads gigabytes to learn that a transfer was asked for in the wrong length.
   */
  readonly intendedLength: number;
}

export const done: Reply = { status: 0x00, dataIn: nothing, intendedLength: 0 };

/** Good status with data, cut at the allocation length and never padded (SPC-4). */
export function data(all: Uint8Array, allocationLength = all.length): Reply {
  const dataIn = all.length > allocationLength ? all.subarray(0, allocationLength) : all;
  return { status: 0x00, dataIn, intendedLength: dataIn.length };
}

export function refuse(sense: Sense): Reply {
  return { status: 0x02, sense, dataIn: nothing, intendedLength: 0 };
}
