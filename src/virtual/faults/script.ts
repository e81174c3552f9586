import { byteAt, readBe16, readBe32 } from "../bytes.js";
import type { ControlRequestPhase, Fault, FaultPhase, FaultRule } from "./fault.js";
import { parseFaults } from "./parse.js";

/** A fault that strikes now. */
export interface Strike {
  readonly phase: FaultPhase;
  readonly fault: Fault;
}

/** Says what goes wrong. A `FaultScript`, or whatever else a test makes up. */
export interface FaultSource {
  /** Asked once a command, when its CBW comes. */
  onCommand(cdb: Uint8Array): readonly Strike[];
  /** Asked once a request on the control pipe. */
  onRequest(request: ControlRequestPhase): readonly Fault[];
}

/**
 * Faults for a virtual drive, as rules. Each rule counts for itself, from when it is made.
 *
 *     const faults = FaultScript.parse(`
 *       op=28 lba=100-199: sense 03/11/00     # these blocks cannot be read
 *       op=28 nth=3 phase=status: stall       # a hiccup
 *       phase=reset times=1: stall            # and a recovery that fails the first time
 *     `);
 *     const device = new BulkOnlyDevice(new VirtualDrive({ disc }), { faults });
 */
export class FaultScript implements FaultSource {
  readonly #rules: readonly CountingRule[];

  /** Throws `FaultScriptError` with the line and the reason where the text makes no sense. */
  static parse(text: string): FaultScript {
    return new FaultScript(parseFaults(text));
  }

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule) => new CountingRule(rule));
  }

  onCommand(cdb: Uint8Array): readonly Strike[] {
    return this.#rules
      .filter(({ rule }) => isPhaseOfCommand(rule.phase) && concerns(rule, cdb))
      .filter((counting) => counting.strikes())
      .map(({ rule }) => rule);
  }

  onRequest(request: ControlRequestPhase): readonly Fault[] {
    return this.#rules
      .filter(({ rule }) => rule.phase === request)
      .filter((counting) => counting.strikes())
      .map(({ rule }) => rule.fault);
  }
}

class CountingRule {
  readonly rule: FaultRule;
  #met = 0;
  #struck = 0;

  constructor(rule: FaultRule) {
    this.rule = rule;
  }

  /** Counts one command that the rule is about. */
  strikes(): boolean {
    const { nth, every, times = Infinity } = this.rule;
    this.#met++;
    if (nth !== undefined && this.#met !== nth) return false;
    if (every !== undefined && this.#met % every !== 0) return false;
    if (this.#struck >= times) return false;
    this.#struck++;
    return true;
  }
}

function isPhaseOfCommand(phase: FaultPhase): boolean {
  return phase === "command" || phase === "data" || phase === "status";
}

function concerns({ operationCode, lba }: FaultRule, cdb: Uint8Array): boolean {
  if (operationCode !== undefined && byteAt(cdb, 0) !== operationCode) return false;
  if (lba === undefined) return true;
  const read = blocksRead(cdb);
  return read !== undefined && read.first <= lba[1] && read.last >= lba[0];
}

/** The blocks that READ (10) or READ (12) asks for, if any. */
function blocksRead(cdb: Uint8Array): { first: number; last: number } | undefined {
  const operationCode = byteAt(cdb, 0);
  if (operationCode !== 0x28 && operationCode !== 0xa8) return undefined;
  const first = readBe32(cdb, 2);
  const count = operationCode === 0x28 ? readBe16(cdb, 7) : readBe32(cdb, 6);
  return count > 0 ? { first, last: first + count - 1 } : undefined;
}
