import type { Sense } from "../sense.js";

/**
 * Where a fault strikes: in one of the three phases of a command, or at a request on the control
 * pipe, by which hosts recover: Bulk-Only Mass Storage Reset, CLEAR_FEATURE of bulk-IN and of
 * bulk-OUT, and Get Max LUN.
 */
export type FaultPhase = "command" | "data" | "status" | ControlRequestPhase;

export type ControlRequestPhase = "reset" | "clear-in" | "clear-out" | "max-lun";

/** What goes wrong. Faults that share a command add up, in the order of their rules. */
export type Fault =
  /** The pipe halts in place of what was to come: a CBW is then not taken, data are not sent. */
  | { readonly kind: "stall" }
  /** Nothing comes any more, until a reset. */
  | { readonly kind: "silence" }
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** The plug is pulled. */
  | { readonly kind: "unplug" }
  /** More comes than the transfer holds, as the host controller reports it. */
  | { readonly kind: "babble" }
  /** No more than so many bytes of the data; the residue tells of it. */
  | { readonly kind: "short"; readonly bytes: number }
  /** So many bytes more than the CBW allows. */
  | { readonly kind: "long"; readonly bytes: number }
  /** The CSW in place of the data, without a stall between. */
  | { readonly kind: "early-csw" }
  /** The length in the first two bytes of the data. */
  | { readonly kind: "header-length"; readonly value: number }
  /** An empty packet before the CSW. */
  | { readonly kind: "empty-csw" }
  | { readonly kind: "signature"; readonly value: number }
  | { readonly kind: "tag"; readonly value: number }
  | { readonly kind: "residue"; readonly value: number }
  | { readonly kind: "phase-error" }
  /** The command fails, with this to say for itself. */
  | { readonly kind: "sense"; readonly sense: Sense }
  /** The drive behind the bridge resets itself, before it looks at the command. */
  | { readonly kind: "drive-reset" }
  /** The disc is taken out and put in again, before the drive looks at the command. */
  | { readonly kind: "disc-change" };

export type FaultKind = Fault["kind"];

/** A fault, and when it strikes: once all conditions that are there hold. */
export interface FaultRule {
  readonly phase: FaultPhase;
  readonly fault: Fault;
  /** Only commands with this operation code. */
  readonly operationCode?: number;
  /** Only reads that touch these blocks, the first and the last of them. */
  readonly lba?: readonly [first: number, last: number];
  /** Only the nth of the commands, or requests, that the other conditions leave; counts from 1. */
  readonly nth?: number;
  /** Only every so manieth of them. */
  readonly every?: number;
  /** At most so many times. */
  readonly times?: number;
}

const inAnyPhase: readonly FaultPhase[] = [
  "command",
  "data",
  "status",
  "reset",
  "clear-in",
  "clear-out",
  "max-lun",
];

/** The phases that each fault can strike in. Where there is but one, it need not be said. */
export const phasesOf: Readonly<Record<FaultKind, readonly FaultPhase[]>> = {
  stall: inAnyPhase,
  silence: inAnyPhase,
  delay: inAnyPhase,
  unplug: inAnyPhase,
  babble: ["data", "status"],
  short: ["data"],
  long: ["data"],
  "early-csw": ["data"],
  "header-length": ["data"],
  "empty-csw": ["status"],
  signature: ["status"],
  tag: ["status"],
  residue: ["status"],
  "phase-error": ["status"],
  sense: ["command"],
  "drive-reset": ["command"],
  "disc-change": ["command"],
};
