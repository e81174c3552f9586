import type { CommandBlock } from "../../src/transport/command-transport.js";
import { hex } from "../bytes.js";

/** How many blocks the disc has that the cases are made for; each holds its own address throughout. */
export const matrixBlocks = 64;

/** What the disc of the cases has in a block. */
export function matrixBlock(lba: number): Uint8Array {
  const block = new Uint8Array(2048);
  const view = new DataView(block.buffer);
  for (let offset = 0; offset < block.length; offset += 4) view.setUint32(offset, lba);
  return block;
}

/** How a command ends; `bytes` of right data. */
export type Outcome =
  | { readonly status: "passed" | "failed"; readonly bytes: number; readonly residue: number }
  | { readonly error: string };

/** One thing that a device may do, and what becomes of the command. */
export interface MatrixCase {
  readonly title: string;
  /** Of Bulk-Only Transport 1.0. */
  readonly clause: string;
  /** What goes wrong: a fault script. */
  readonly faults: string;
  readonly command: CommandBlock;
  /** Milliseconds for the command, where it is to be short. */
  readonly timeoutMs?: number;
  readonly outcome: Outcome;
  /** Where an adapter loses what came before a stall: npm `usb` 3. */
  readonly outcomeWithoutPartialData?: Outcome;
  /** Whether the next command works, or the drive is gone. */
  readonly then: "works" | "gone";
}

const block = (
  name: string,
  cdb: string,
  direction: CommandBlock["direction"],
  transferLength: number,
  data?: Uint8Array,
): CommandBlock => ({ name, cdb: hex(cdb), direction, transferLength, ...(data && { data }) });

/** The drive sends data: 16 KiB, eight blocks from the eighth on. */
const read = block("READ (10)", "28 00 00000008 00 0008 00", "in", 16384);
const ready = block("TEST UNIT READY", "00 00 00 00 00 00", "none", 0);
/** The drive takes data: a performance descriptor that restores the defaults. */
const parameters = new Uint8Array(28);
parameters[0] = 0x04;
const streaming = block("SET STREAMING", "B6 00 00000000 0000 00 001C 00", "out", 28, parameters);

const passed = (bytes: number, residue = 0): Outcome => ({ status: "passed", bytes, residue });
const failed = (residue: number): Outcome => ({ status: "failed", bytes: 0, residue });
const error = (code: string): Outcome => ({ error: code });

/** Long enough for a device that answers, short enough to be waited for in real time. */
const timeoutMs = 300;

/** 6.7: H is what the host means to do, D what the device does; n, i and o for none, in, out. */
const thirteen: readonly Omit<MatrixCase, "then" | "faults">[] = [
  { title: "1: Hn = Dn", clause: "6.7.1", command: ready, outcome: passed(0) },
  {
    title: "2: Hn < Di",
    clause: "6.7.1",
    command: { ...read, direction: "none", transferLength: 0 },
    outcome: error("PHASE_ERROR"),
  },
  {
    title: "3: Hn < Do",
    clause: "6.7.1",
    command: block("SET STREAMING", "B6 00 00000000 0000 00 001C 00", "none", 0),
    outcome: error("PHASE_ERROR"),
  },
  {
    title: "4: Hi > Dn",
    clause: "6.7.2",
    command: { ...ready, direction: "in", transferLength: 512 },
    outcome: passed(0, 512),
  },
  {
    title: "5: Hi > Di",
    clause: "6.7.2",
    command: { ...read, transferLength: 32768 },
    outcome: passed(16384, 16384),
    outcomeWithoutPartialData: passed(0, 32768),
  },
  { title: "6: Hi = Di", clause: "6.7.2", command: read, outcome: passed(16384) },
  {
    title: "7: Hi < Di",
    clause: "6.7.2",
    command: { ...read, transferLength: 2048 },
    outcome: error("PHASE_ERROR"),
  },
  {
    title: "8: Hi <> Do",
    clause: "6.7.2",
    command: block("SET STREAMING", "B6 00 00000000 0000 00 001C 00", "in", 28),
    outcome: error("PHASE_ERROR"),
  },
  {
    title: "9: Ho > Dn",
    clause: "6.7.3",
    command: { ...ready, direction: "out", transferLength: 28, data: parameters },
    outcome: passed(0, 28),
  },
  {
    title: "10: Ho <> Di",
    clause: "6.7.3",
    command: { ...read, direction: "out", transferLength: 28, data: parameters },
    outcome: error("PHASE_ERROR"),
  },
  {
    title: "11: Ho > Do",
    clause: "6.7.3",
    command: { ...streaming, transferLength: 1024, data: new Uint8Array(1024).fill(4) },
    outcome: passed(0, 996),
  },
  { title: "12: Ho = Do", clause: "6.7.3", command: streaming, outcome: passed(0) },
  {
    title: "13: Ho < Do",
    clause: "6.7.3",
    command: block("SET STREAMING", "B6 00 00000000 0000 00 0038 00", "out", 28, parameters),
    outcome: error("PHASE_ERROR"),
  },
];

type Row = readonly [
  clause: string,
  faults: string,
  command: CommandBlock,
  outcome: Outcome,
  more?: Partial<MatrixCase>,
];

const timeOut = error("USB_TIMEOUT");
const gone: Partial<MatrixCase> = { then: "gone" };

/** One fault each, at the first command that it can strike. */
const singleFaults: readonly Row[] = [
  // The command block.
  ["6.6.1", "phase=command: stall", read, error("COMMAND_REFUSED")],
  ["5.1", "phase=command: silence", read, timeOut, { timeoutMs }],
  ["5.1", "phase=command: delay 100", read, passed(16384)],
  ["5.1", "phase=command: unplug", read, error("USB_DISCONNECTED"), gone],
  // Data to the host.
  ["6.7.2", "phase=data: stall", read, passed(0, 16384)],
  ["6.7.2", "phase=data: babble", read, error("BABBLE")],
  ["6.7.2", "phase=data: silence", read, timeOut, { timeoutMs }],
  ["6.7.2", "phase=data: delay 100", read, passed(16384)],
  ["6.7.2", "phase=data: unplug", read, error("USB_DISCONNECTED"), gone],
  ["6.7.2", ": short 1000", read, passed(1000, 15384)],
  ["6.7.2", ": short 1000\n: residue 0", read, passed(1000, 15384)],
  ["6.7.2", ": short 1024", read, passed(1024, 15360)],
  ["6.7.2", ": short 0", read, passed(0, 16384)],
  ["6.7.2", ": early-csw", read, passed(0, 16384)],
  ["6.7.2", ": long 13", read, error("INVALID_STATUS")],
  ["6.7.2", ": long 600", read, error("INVALID_STATUS")],
  // Data from the host.
  ["6.7.3", "phase=data: stall", streaming, failed(28)],
  ["6.7.3", "phase=data: silence", streaming, timeOut, { timeoutMs }],
  ["6.7.3", "phase=data: delay 100", streaming, passed(0)],
  ["6.7.3", "phase=data: unplug", streaming, error("USB_DISCONNECTED"), gone],
  // The status.
  ["5.3.3", "phase=status: stall", read, passed(16384)],
  ["5.3.3", "phase=status: stall", ready, passed(0)],
  ["5.3.3", "phase=status: stall", streaming, passed(0)],
  ["5.3.3", "phase=status: stall\nphase=status: stall", read, error("INVALID_STATUS")],
  ["5.3.3", "phase=data: stall\nphase=status: stall", read, passed(0, 16384)],
  ["5.3.3", "phase=status: babble", read, error("INVALID_STATUS")],
  ["5.3.3", "phase=status: silence", read, timeOut, { timeoutMs: 1_500 }],
  ["5.3.3", "phase=status: silence", ready, timeOut, { timeoutMs }],
  ["5.3.3", "phase=status: delay 100", read, passed(16384)],
  ["5.3.3", "phase=status: unplug", ready, error("USB_DISCONNECTED"), gone],
  ["5.3.3", ": empty-csw", read, passed(16384)],
  ["5.3.3", ": empty-csw\n: empty-csw", read, error("INVALID_STATUS")],
  ["6.3.1", ": signature 0x53425356", read, error("INVALID_STATUS")],
  ["6.3.1", ": tag 0x7fffffff", read, error("INVALID_STATUS")],
  ["6.3.1", ": tag 0x7fffffff", ready, error("INVALID_STATUS")],
  ["6.3.2", ": residue 16385", read, error("INVALID_STATUS")],
  ["6.3.2", ": residue 1", ready, error("INVALID_STATUS")],
  ["5.3.3.1", ": phase-error", read, error("PHASE_ERROR")],
  ["5.3.3.1", ": phase-error", streaming, error("PHASE_ERROR")],
  // The drive behind the bridge.
  ["5.2", ": sense 03/11/00", read, failed(16384)],
  ["5.2", ": drive-reset", read, failed(16384)],
  ["5.2", ": disc-change", read, failed(16384)],
];

const refused = "nth=1 phase=command: stall";

/** A fault within the recovery from another. */
const faultyRecoveries: readonly Row[] = [
  ["5.3.4", `${refused}\nphase=reset: stall`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=reset: silence`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=reset: delay 100`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=reset: unplug`, read, error("COMMAND_REFUSED"), gone],
  ["5.3.4", `${refused}\nphase=clear-in: stall`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=clear-out: stall`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=clear-out: silence`, read, error("COMMAND_REFUSED")],
  ["5.3.4", `${refused}\nphase=clear-in: unplug`, read, error("COMMAND_REFUSED"), gone],
  ["5.3.3", "phase=data: stall\nphase=clear-in: stall", read, error("USB_TRANSFER_FAILED")],
  ["5.3.3", "phase=status: stall\nphase=clear-in: unplug", read, error("USB_DISCONNECTED"), gone],
];

function rows(kind: string, table: readonly Row[]): MatrixCase[] {
  return table.map(([clause, faults, command, outcome, more]) => ({
    title: `${kind}: ${command.name}, ${faults.replaceAll("\n", "; ")}`,
    clause,
    // Once, so that the next command shows how the device was left.
    faults: faults.replaceAll(/^/gm, "times=1 "),
    command,
    outcome,
    then: "works",
    ...more,
  }));
}

export const matrix: readonly MatrixCase[] = [
  ...thirteen.map((row) => ({ ...row, faults: "", then: "works" }) as const),
  ...rows("fault", singleFaults),
  ...rows("recovery", faultyRecoveries),
];

/** For `it.each`: the cases with names that tell all of them. */
export function named(cases: readonly MatrixCase[]): [string, MatrixCase][] {
  return cases.map((testCase) => [`${testCase.clause} ${testCase.title}`, testCase]);
}
