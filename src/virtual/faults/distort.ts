import type { Answer } from "../answer.js";
import type { BulkInOutput, Hold } from "../bulk-in-pipe.js";
import { bytes, be16, le32, nothing } from "../bytes.js";
import { encodeCsw } from "../command-block-wrapper.js";
import type { Fault, FaultPhase } from "./fault.js";
import type { Strike } from "./script.js";

/** A hold that nothing ends but a reset. */
export const forEver: Hold = () => undefined;

/** An answer with its faults, as what the device does on bulk-IN, in order. */
export function distort(
  answer: Answer,
  tag: number,
  strikes: readonly Strike[],
  unplug: () => void,
): BulkInOutput[] {
  const { haltsIn, residue, status } = answer;
  let data: BulkInOutput[] = answer.data.length > 0 ? [answer.data] : [];
  const holds = { data: [] as Hold[], status: [] as Hold[] };
  const csw = encodeCsw(tag, residue, status);
  let statusPhase: BulkInOutput[] = [csw];
  let halts = haltsIn;
  const expected = answer.data.length + residue;

  const cut = (length: number): void => {
    data = length > 0 ? [answer.data.subarray(0, length)] : [];
    halts = false;
    csw.set(le32(expected - length), residueAt);
  };
  for (const { phase, fault } of strikes) {
    if (phase !== "data" && phase !== "status") continue;
    const hold = holdOf(fault, unplug);
    if (hold) holds[phase].push(hold);
    switch (fault.kind) {
      case "stall":
        if (phase === "status") statusPhase = ["halt", ...statusPhase];
        else {
          cut(0);
          halts = true;
        }
        break;
      case "babble":
        if (phase === "status") statusPhase = ["babble"];
        else data = ["babble"];
        break;
      case "short":
        cut(Math.min(fault.bytes, answer.data.length));
        break;
      case "long":
        data = [bytes(answer.data, new Uint8Array(residue + fault.bytes))];
        halts = false;
        csw.set(le32(0), residueAt);
        break;
      case "early-csw":
        cut(0);
        break;
      case "header-length":
        if (answer.data.length >= 2) data = [bytes(be16(fault.value), answer.data.subarray(2))];
        break;
      case "empty-csw":
        statusPhase = [nothing, ...statusPhase];
        break;
      case "signature":
        csw.set(le32(fault.value), signatureAt);
        break;
      case "tag":
        csw.set(le32(fault.value), tagAt);
        break;
      case "residue":
        csw.set(le32(fault.value), residueAt);
        break;
      case "phase-error":
        csw[statusAt] = 0x02;
        break;
      // Holds, and what strikes before there is an answer.
      case "silence":
      case "delay":
      case "unplug":
      case "sense":
      case "drive-reset":
      case "disc-change":
        break;
    }
  }
  const halt: BulkInOutput[] = halts ? ["halt"] : [];
  return [...holds.data, ...data, ...halt, ...holds.status, ...statusPhase];
}

/** Where a CSW has its fields (Bulk-Only Transport 1.0, 5.2). */
const signatureAt = 0;
const tagAt = 4;
const residueAt = 8;
const statusAt = 12;

/** What holds back all that comes behind this fault, if it is one that does. */
export function holdOf(fault: Fault, unplug: () => void): Hold | undefined {
  switch (fault.kind) {
    case "silence":
      return forEver;
    case "delay":
      return (resume) => void setTimeout(resume, fault.milliseconds);
    case "unplug":
      return unplug;
    default:
      return undefined;
  }
}

/** The faults of one phase. */
export function faultsIn(phase: FaultPhase, strikes: readonly Strike[]): readonly Fault[] {
  return strikes.flatMap((strike) => (strike.phase === phase ? [strike.fault] : []));
}
