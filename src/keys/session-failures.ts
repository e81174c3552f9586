import { isSenseError } from "../scsi/sense-error.js";
import { KeyError, type KeyErrorCode } from "./errors.js";
import { titleOf, type SessionStep } from "./session-steps.js";

/** Why the drive no longer knows a session that nobody has ended. */
export type SessionLossCause =
  | "reset"
  | "mediumChanged"
  /** The drive has granted the AGID again. */
  | "agidReused"
  /** The drive is not at the step at which the session is: another host may have taken the AGID. */
  | "outOfStep"
  | "disconnected";

/** The qualifiers of COPY PROTECTION KEY EXCHANGE FAILURE (6Fh), SPC-4 annex D. */
const copyProtectionFailure = 0x6f;
const copyProtectionCodes = {
  authenticationFailure: 0x00,
  keyNotPresent: 0x01,
  keyNotEstablished: 0x02,
} as const;

function saysOfKeys(error: unknown, ascq: number): boolean {
  return isSenseError(error) && error.asc === copyProtectionFailure && error.ascq === ascq;
}

/** Whether the drive says that the session has no bus key. */
export function isKeyNotEstablished(error: unknown): boolean {
  return saysOfKeys(error, copyProtectionCodes.keyNotEstablished);
}

/** The error for a step that the drive did not take. */
export function stepFailed(step: SessionStep, agid: number, cause: unknown): KeyError {
  const { code, advice } = explain(cause);
  const message = `Cannot ${titleOf(step)} in the session with AGID ${agid}: ${advice}`;
  return new KeyError(code, message, { cause });
}

/** The error for whatever is asked of a session that was ended. */
export function sessionEnded(agid: number): KeyError {
  return new KeyError("SESSION_ENDED", `The session with AGID ${agid} has ended.${anew}`);
}

/** The error for whatever is asked of a session that the drive has dropped. */
export function sessionLost(agid: number, why: SessionLossCause, cause?: unknown): KeyError {
  const message = `The drive has dropped the session with AGID ${agid}: ${lossReasons[why]}.${anew}`;
  return new KeyError("SESSION_LOST", message, cause === undefined ? {} : { cause });
}

const anew = " Start another one, and authenticate again.";

const lossReasons: Record<SessionLossCause, string> = {
  reset: "it was reset",
  mediumChanged: "the disc may have been changed",
  agidReused: "it has granted the AGID again",
  outOfStep: "it is not at the same step, so that another host may have taken the AGID",
  disconnected: "it was disconnected",
};

function explain(cause: unknown): { code: KeyErrorCode; advice: string } {
  if (saysOfKeys(cause, copyProtectionCodes.authenticationFailure)) {
    return { code: "HOST_REFUSED", advice: "the drive refuses it. Check the authenticator." };
  }
  if (saysOfKeys(cause, copyProtectionCodes.keyNotPresent)) {
    return { code: "KEY_NOT_PRESENT", advice: "there is none, since nothing is protected there." };
  }
  if (isSenseError(cause, "regionMismatch")) {
    return { code: "REGION_MISMATCH", advice: "the disc does not play in the drive's region." };
  }
  const problem = cause instanceof Error ? cause.message : String(cause);
  return { code: "STEP_FAILED", advice: `${problem} The session was ended.` };
}
