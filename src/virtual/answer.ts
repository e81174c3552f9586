import type { CommandBlockWrapper, CswStatus } from "./command-block-wrapper.js";
import { nothing } from "./bytes.js";
import type { Reply } from "./reply.js";

/** How a device answers a command: what it does in the data phase, and the CSW after it. */
export interface Answer {
  /** What it sends in a data phase to the host. */
  readonly data: Uint8Array;
  /** Whether bulk-IN halts after these data, which are fewer than the host expects. */
  readonly haltsIn: boolean;
  /** Whether bulk-OUT halts, since the device wants no more of what the host sends. */
  readonly haltsOut: boolean;
  readonly residue: number;
  readonly status: CswStatus;
}

/**
 * The answer to a command that was executed: the thirteen cases of Bulk-Only Transport 1.0, 6.7, but
 * those of a command that wants data from the host, which are told from its CBW. `received` is how
 * many bytes the host has sent.
 */
export function answerTo(
  { transferLength, toHost }: CommandBlockWrapper,
  received: number,
  { status, dataIn, intendedLength }: Reply,
): Answer {
  const outcome: CswStatus = status === 0x00 ? "passed" : "failed";
  // 1, 2
  if (transferLength === 0)
    return { ...silent, status: intendedLength > 0 ? "phaseError" : outcome };
  // 9 to 12
  if (!toHost) {
    const haltsOut = received === 0;
    const sends = intendedLength > 0;
    const residue = transferLength - received;
    return { ...silent, haltsOut, residue, status: sends ? "phaseError" : outcome };
  }
  const sent = Math.min(dataIn.length, transferLength);
  return {
    data: dataIn.length > sent ? dataIn.subarray(0, sent) : dataIn,
    haltsIn: sent < transferLength, // 4, 5
    haltsOut: false,
    residue: transferLength - sent,
    status: intendedLength > transferLength ? "phaseError" : outcome, // 7
  };
}

/**
 * The answer to a CBW that does not go with a command that wants `wanted` bytes from the host: cases
 * 3, 8 and 13. Undefined where it does, or leaves room for more: cases 11 and 12.
 */
export function refusalOf(
  { transferLength, toHost }: CommandBlockWrapper,
  wanted: number,
): Answer | undefined {
  if (transferLength === 0) return { ...silent, status: "phaseError" };
  const refusal = { ...silent, residue: transferLength, status: "phaseError" } as const;
  if (toHost) return { ...refusal, haltsIn: true };
  return transferLength < wanted ? { ...refusal, haltsOut: true } : undefined;
}

const silent = { data: nothing, haltsIn: false, haltsOut: false, residue: 0 } as const;
