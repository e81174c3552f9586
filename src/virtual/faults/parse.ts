import type { Sense } from "../sense.js";
import { phasesOf, type Fault, type FaultKind, type FaultPhase, type FaultRule } from "./fault.js";

/** A fault script that makes no sense. The message says in which line and why. */
export class FaultScriptError extends Error {
  /** Counts from 1. */
  readonly line: number;
  readonly reason: string;

  constructor(line: number, reason: string) {
    super(`line ${line} of the fault script: ${reason}`);
    this.name = "FaultScriptError";
    this.line = line;
    this.reason = reason;
  }
}

/**
 * Reads rules, one a line: conditions, a colon, the fault. `#` starts a comment.
 *
 *     op=28 lba=100-199 nth=3 phase=data: short 512
 *
 * Conditions: `op` (an operation code, two hexadecimal digits), `lba` (a block or `first-last`),
 * `nth`, `every`, `times`, `phase`. Faults: `stall`, `silence`, `delay <ms>`, `unplug`, `babble`,
 * `short <bytes>`, `long <bytes>`, `early-csw`, `header-length <n>`, `empty-csw`, `signature <n>`,
 * `tag <n>`, `residue <n>`, `phase-error`, `sense <key>/<asc>/<ascq>`, `drive-reset`, `disc-change`.
 * Numbers are decimal, or hexadecimal after 0x.
 *
 * Throws `FaultScriptError`.
 */
export function parseFaults(text: string): FaultRule[] {
  return text.split("\n").flatMap((line, index) => {
    const meant = line.replace(/#.*/, "").trim();
    if (meant === "") return [];
    try {
      return [parseRule(meant)];
    } catch (error) {
      if (error instanceof Refusal) throw new FaultScriptError(index + 1, error.message);
      throw error;
    }
  });
}

/** Why a line cannot be read. */
class Refusal extends Error {}

type Conditions = { -readonly [Key in keyof FaultRule]?: FaultRule[Key] };

function parseRule(line: string): FaultRule {
  const colon = line.indexOf(":");
  if (colon < 0) throw new Refusal(`there is no colon between the conditions and the fault`);
  const conditions: Conditions = {};
  for (const word of words(line.slice(0, colon))) parseCondition(word, conditions);
  const fault = parseFault(words(line.slice(colon + 1)));
  const rule = { ...conditions, phase: phaseFor(fault.kind, conditions.phase), fault };
  refuseContradictions(rule);
  return rule;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

function parseCondition(word: string, conditions: Conditions): void {
  const [, name = "", value = ""] = /^([^=]*)=(.*)$/.exec(word) ?? [];
  if (name === "") throw new Refusal(`"${word}" is no condition: write name=value`);
  const key = name === "op" ? "operationCode" : name;
  if (key in conditions) throw new Refusal(`"${name}" stands there twice`);
  switch (name) {
    case "op":
      if (!/^[0-9a-f]{2}$/i.test(value)) {
        throw new Refusal(`op=${value}: an operation code has two hexadecimal digits, as in op=28`);
      }
      conditions.operationCode = parseInt(value, 16);
      break;
    case "lba":
      conditions.lba = parseBlocks(value);
      break;
    case "nth":
    case "every":
    case "times":
      conditions[name] = parseNumber(value, name, { from: 1 });
      break;
    case "phase":
      if (!isPhase(value)) throw new Refusal(`there is no phase "${value}", but ${listOf(phases)}`);
      conditions.phase = value;
      break;
    default:
      throw new Refusal(
        `there is no condition "${name}", but op, lba, nth, every, times and phase`,
      );
  }
}

function parseBlocks(value: string): readonly [number, number] {
  const [, from = "", to = from] = /^([^-]+)(?:-(.+))?$/.exec(value) ?? [];
  const first = parseNumber(from, "lba");
  const last = parseNumber(to, "lba");
  if (last < first) throw new Refusal(`lba=${value}: the last block is before the first`);
  return [first, last];
}

function parseFault([name = "", ...given]: readonly string[]): Fault {
  if (name === "") throw new Refusal("there is no fault after the colon");
  if (!isKind(name)) throw new Refusal(`there is no fault "${name}", but ${listOf(kinds)}`);
  const fault = faultOf(name, given);
  const argumentCount = Object.keys(fault).length - 1;
  if (given.length > argumentCount) {
    throw new Refusal(`"${given.slice(argumentCount).join(" ")}" after "${name}" means nothing`);
  }
  return fault;
}

function faultOf(kind: FaultKind, [argument = ""]: readonly string[]): Fault {
  const number = (): number => parseNumber(argument, kind);
  switch (kind) {
    case "delay":
      return { kind, milliseconds: number() };
    case "short":
      return { kind, bytes: number() };
    case "long":
      return { kind, bytes: parseNumber(argument, kind, { from: 1, to: maxExtraBytes }) };
    case "header-length":
      return { kind, value: parseNumber(argument, kind, { to: 0xffff }) };
    case "signature":
    case "tag":
    case "residue":
      return { kind, value: number() };
    case "sense":
      return { kind, sense: parseSense(argument) };
    default:
      return { kind };
  }
}

/** As drives themselves: no more than some bytes past the end, and nothing that fills a memory. */
const maxExtraBytes = 1024 * 1024;

function parseSense(text: string): Sense {
  const parts = /^([0-9a-f]{1,2})\/([0-9a-f]{2})\/([0-9a-f]{2})$/i.exec(text);
  if (!parts) {
    throw new Refusal(`"${text}" is no sense: write key/asc/ascq in hexadecimal, as in 03/11/00`);
  }
  const [key = 0, asc = 0, ascq = 0] = parts.slice(1).map((part) => parseInt(part, 16));
  if (key > 0x0f) throw new Refusal(`"${text}": a sense key has one digit, 0 to F`);
  return { key, asc, ascq };
}

/** 0 to what 32 bits hold, unless narrower. */
function parseNumber(text: string, what: string, { from = 0, to = 0xffffffff } = {}): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : NaN;
  if (value >= from && value <= to) return value;
  const found = text === "" ? "nothing" : `"${text}"`;
  throw new Refusal(`"${what}" wants a number from ${from} to ${to}, not ${found}`);
}

function phaseFor(kind: FaultKind, asked: FaultPhase | undefined): FaultPhase {
  const possible = phasesOf[kind];
  const [only] = possible;
  if (asked === undefined) {
    if (possible.length === 1 && only !== undefined) return only;
    throw new Refusal(`"${kind}" needs a phase: ${listOf(possible)}`);
  }
  if (possible.includes(asked)) return asked;
  throw new Refusal(`"${kind}" cannot be in the phase "${asked}", but ${listOf(possible)}`);
}

function refuseContradictions({ phase, operationCode, lba, nth, times }: FaultRule): void {
  const isRequest = phase !== "command" && phase !== "data" && phase !== "status";
  if (isRequest && (operationCode !== undefined || lba !== undefined)) {
    throw new Refusal(`a request in the phase "${phase}" has neither operation code nor LBA`);
  }
  if (lba !== undefined && operationCode !== undefined && !isRead(operationCode)) {
    throw new Refusal(`only reads, op=28 and op=a8, have an LBA`);
  }
  if (nth !== undefined && times !== undefined && times > 1) {
    throw new Refusal(`the nth comes once, not ${times} times`);
  }
}

const isRead = (operationCode: number): boolean => operationCode === 0x28 || operationCode === 0xa8;

const kinds = Object.keys(phasesOf) as readonly FaultKind[];
const phases = phasesOf.stall;

const isKind = (name: string): name is FaultKind => (kinds as readonly string[]).includes(name);
const isPhase = (name: string): name is FaultPhase => (phases as readonly string[]).includes(name);

const listOf = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(", ")}${names.length > 1 ? " or " : ""}${names.at(-1) ?? ""}`;
