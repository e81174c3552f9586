import type { Executor } from "../scsi/executor.js";
import { ntStatus, type NtStatus } from "./nt-status.js";

/** What a caller of DeviceIoControl gives, but for the code. */
export interface IoControlRequest {
  readonly input: Uint8Array;
  /** Bytes that there is room for in the output buffer. */
  readonly outputLength: number;
}

/** What the caller gets, as the I/O manager hands it over for a buffered request. */
export interface IoControlResult {
  readonly status: NtStatus;
  /** Bytes in `output`; with STATUS_BUFFER_TOO_SMALL, the bytes that are needed, or 0. */
  readonly information: number;
  /** Empty unless `status` is STATUS_SUCCESS. */
  readonly output: Uint8Array;
}

/** What the handlers of the control codes know of the drive. */
export interface IoControlDrive extends Executor {
  /** Whether it is a DVD drive, and not one for CDs only. */
  isDvdDrive(): Promise<boolean>;
  /** Gives a drive that never had a region that of its disc. */
  ensureInitialRegion(): Promise<void>;
}

/** Carries out one control code. What it throws is turned into a status by `failureStatus`. */
export type IoControlHandler = (
  drive: IoControlDrive,
  request: IoControlRequest,
) => Promise<IoControlResult>;

/**
 * What becomes of an input that is shorter than `size`; undefined where it is not. Where there is none
 * at all, the framework beneath the reference driver refuses before the driver does.
 */
export function shortInput(input: Uint8Array, size: number): IoControlResult | undefined {
  if (input.length === 0) return failure(ntStatus.STATUS_BUFFER_TOO_SMALL);
  return input.length < size ? failure(ntStatus.STATUS_INVALID_PARAMETER) : undefined;
}

export function success(output: Uint8Array = new Uint8Array()): IoControlResult {
  return { status: ntStatus.STATUS_SUCCESS, information: output.length, output };
}

export function failure(status: NtStatus, information = 0): IoControlResult {
  return { status, information, output: new Uint8Array() };
}
