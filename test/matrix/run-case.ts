import { expect } from "vitest";

import { UsbDvdError } from "../../src/errors.js";
import { BulkOnlyTransport } from "../../src/transport/bulk-only-transport.js";
import type { CommandBlock, CommandOutcome } from "../../src/transport/command-transport.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import { hex } from "../bytes.js";
import { matrixBlock, type MatrixCase, type Outcome } from "./cases.js";

/** Where cases are run: a drive that does as it is told, and a way to reach it. */
export interface MatrixBench {
  setFaults(script: string): Promise<void> | void;
  connect(): Promise<UsbConnection>;
  /** Whether what came before a stall is lost. */
  readonly losesPartialData?: boolean;
}

const readOne: CommandBlock = {
  name: "READ (10)",
  cdb: hex("28 00 00000005 00 0001 00"),
  direction: "in",
  transferLength: 2048,
};

/** Runs a case: the command, the next one, and the end, none of which may hang or lie. */
export async function runCase(testCase: MatrixCase, bench: MatrixBench): Promise<void> {
  const { faults, command, timeoutMs, then } = testCase;
  const transport = await BulkOnlyTransport.open(await bench.connect());
  try {
    await readyOf(transport);
    await bench.setFaults(faults);
    const execution = transport.execute(0, command, timeoutMs === undefined ? {} : { timeoutMs });
    const expected = bench.losesPartialData
      ? (testCase.outcomeWithoutPartialData ?? testCase.outcome)
      : testCase.outcome;
    expect(await outcomeOf(execution, command)).toEqual(expected);
    const next = await outcomeOf(readPastAttention(transport), readOne);
    expect(next).toEqual(
      then === "works"
        ? { status: "passed", bytes: 2048, residue: 0 }
        : { error: "USB_DISCONNECTED" },
    );
  } finally {
    await bench.setFaults("");
    await transport.close();
  }
}

/** A drive that was just plugged in has a unit attention to tell of. */
async function readyOf(transport: BulkOnlyTransport): Promise<void> {
  const { status } = await readPastAttention(transport);
  expect(status).toBe("passed");
}

/** What was reset says so once, or twice where both the bridge and the port were. */
async function readPastAttention(transport: BulkOnlyTransport): Promise<CommandOutcome> {
  const first = await transport.execute(0, readOne);
  return first.status === "passed" ? first : transport.execute(0, readOne);
}

async function outcomeOf(
  execution: Promise<CommandOutcome>,
  { cdb }: CommandBlock,
): Promise<Outcome> {
  try {
    const { status, data, residue } = await execution;
    const lba = new DataView(cdb.buffer, cdb.byteOffset).getUint32(2);
    for (let offset = 0; offset < data.length; offset += 2048) {
      const part = data.subarray(offset, offset + 2048);
      const right = matrixBlock(lba + offset / 2048).subarray(0, part.length);
      expect(Buffer.compare(part, right), `block ${lba + offset / 2048}`).toBe(0);
    }
    return { status, bytes: data.length, residue };
  } catch (error) {
    if (!(error instanceof UsbDvdError)) throw error;
    return { error: error.code };
  }
}
