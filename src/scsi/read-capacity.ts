import { bits, layout } from "../layout.js";
import { commandIn, type Command } from "./command.js";
import { mediumAccessTimeoutMs } from "./deadlines.js";

/** READ CAPACITY (10), SBC-3 and MMC-6, READ CAPACITY command. */
const readCapacityCdb = layout(10, { operationCode: bits(0, 0xff) });

const capacityData = layout(8, {
  lastLba: bits(0, 0xffff_ffff),
  blockLength: bits(4, 0xffff_ffff),
});

export interface Capacity {
  /** How many logical blocks there are: one more than the address of the last. */
  readonly blocks: number;
  /** Bytes in a block: 2048 on a DVD. */
  readonly blockLength: number;
}

/** Asks how large the medium is. */
export function readCapacity(): Command<Capacity> {
  const cdb = readCapacityCdb.pack({ operationCode: 0x25 });
  return commandIn("READ CAPACITY (10)", cdb, capacityData.length, decodeCapacity, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}

function decodeCapacity(data: Uint8Array): Capacity {
  const { lastLba, blockLength } = capacityData.unpack(data, "READ CAPACITY data");
  return { blocks: lastLba + 1, blockLength };
}
