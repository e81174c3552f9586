import { bits, flag, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import { commandIn, type Command } from "../scsi/command.js";
import { informationalTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, MECHANISM STATUS command. */
const mechanismStatusCdb = layout(12, {
  operationCode: bits(0, 0xff),
  allocationLength: bits(8, 0xffff),
});

const mechanismStatusHeader = layout(8, {
  fault: flag(0, 0x80),
  changerState: bits(0, 0x60),
  currentSlotLow: bits(0, 0x1f),
  mechanismState: bits(1, 0xe0),
  doorOpen: flag(1, 0x10),
  currentSlotHigh: bits(1, 0x07),
  currentLba: bits(2, 0xff_ffff),
  slots: bits(5, 0x3f),
  slotTablesLength: bits(6, 0xffff),
});

const slotTable = layout(4, { discPresent: flag(0, 0x80), discChanged: flag(0, 0x01) });

const changerStates = { 0: "ready", 1: "loading", 2: "unloading", 3: "initializing" } as const;
const mechanismStates = {
  0: "idle",
  1: "playing audio",
  2: "scanning audio",
  3: "active",
  7: "unknown",
} as const;

export interface SlotStatus {
  readonly discPresent: boolean;
  readonly discChanged: boolean;
}

export interface MechanismStatus {
  readonly doorOpen: boolean;
  /** Whether the last command to the changer has failed. */
  readonly fault: boolean;
  readonly changerState: CodedValue<(typeof changerStates)[keyof typeof changerStates]>;
  readonly mechanismState: CodedValue<(typeof mechanismStates)[keyof typeof mechanismStates]>;
  readonly currentSlot: number;
  readonly currentLba: number;
  /** A changer's slots; none for a drive that holds one disc. */
  readonly slots: readonly SlotStatus[];
}

/** Asks what the drive's mechanics are doing, and whether the tray is open. */
export function mechanismStatus(allocationLength = 8): Command<MechanismStatus> {
  const cdb = mechanismStatusCdb.pack({ operationCode: 0xbd, allocationLength });
  return commandIn("MECHANISM STATUS", cdb, allocationLength, decodeMechanismStatus, {
    timeoutMs: informationalTimeoutMs,
    whenNotReady: "report",
  });
}

function decodeMechanismStatus(received: Uint8Array): MechanismStatus {
  const header = mechanismStatusHeader.unpack(received, "mechanism status");
  const start = mechanismStatusHeader.length;
  const tables = received.subarray(start, start + header.slotTablesLength);
  const slots: SlotStatus[] = [];
  for (let offset = 0; offset + slotTable.length <= tables.length; offset += slotTable.length) {
    slots.push(slotTable.unpack(tables, "slot table", offset));
  }
  return {
    doorOpen: header.doorOpen,
    fault: header.fault,
    changerState: codedValue(changerStates, header.changerState),
    mechanismState: codedValue(mechanismStates, header.mechanismState),
    currentSlot: (header.currentSlotHigh << 5) | header.currentSlotLow,
    currentLba: header.currentLba,
    slots,
  };
}
