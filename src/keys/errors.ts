import { UsbDvdError } from "../errors.js";

export type KeyErrorCode =
  /** All AGIDs of the drive are taken, also after the stale ones were given back. */
  | "NO_FREE_AGID"
  /** The drive has no key commands, or not of this key class, or not with this disc. */
  | "NOT_SUPPORTED"
  /** The engine, or the drive that it belongs to, was closed. */
  | "ENGINE_CLOSED"
  /** A step was asked for before the one that it builds on. The drive was not asked. */
  | "OUT_OF_ORDER"
  /** A challenge, a key or an address is not of the right size. The drive was not asked. */
  | "INVALID_ARGUMENT"
  /** The session was ended before, on purpose or after a failed step. */
  | "SESSION_ENDED"
  /** The drive has dropped the session by itself. */
  | "SESSION_LOST"
  /** The drive's KEY1 is not the answer to the host's challenge. */
  | "DRIVE_NOT_AUTHENTIC"
  /** The drive does not accept the host's KEY2. */
  | "HOST_REFUSED"
  /** What is asked for is not protected, and has no key. */
  | "KEY_NOT_PRESENT"
  /** The disc does not play in the drive's region. */
  | "REGION_MISMATCH"
  /** A step failed in another way, which is in `cause`. */
  | "STEP_FAILED"
  /** The drive could not be told that a session has ended; the reason is in `cause`. */
  | "END_FAILED"
  /** Not a region of 1 to 8. */
  | "REGION_INVALID"
  /** The drive has no region of its own (RPC-I), or of a scheme that is not known. */
  | "REGION_NOT_RPC2"
  /** The drive's region is permanent. */
  | "REGION_PERMANENT"
  /** No change is left. */
  | "REGION_CHANGES_EXHAUSTED"
  /** The caller has not confirmed as many remaining changes as the drive reports. */
  | "REGION_NOT_CONFIRMED"
  /** The drive has refused the change, and has not spent it. */
  | "REGION_REFUSED"
  /** A change was sent, and what became of it could not be read back: it may be spent. */
  | "REGION_UNSETTLED";

/** Something went wrong with a session, a key or the drive's region. Never holds a key. */
export class KeyError extends UsbDvdError {
  override readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a `KeyError`, and one of this code. */
export function isKeyError<Code extends KeyErrorCode>(
  error: unknown,
  code?: Code,
): error is KeyError & { readonly code: Code } {
  return error instanceof KeyError && (code === undefined || error.code === code);
}
