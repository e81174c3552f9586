import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "./command.js";
import { mediumAccessTimeoutMs } from "./deadlines.js";

/** READ (10), SBC-3 and MMC-6, READ (10) command. */
const read10Cdb = layout(10, {
  operationCode: bits(0, 0xff),
  forceUnitAccess: flag(1, 0x08),
  lba: bits(2, 0xffff_ffff),
  blocks: bits(7, 0xffff),
});

/** READ (12), SBC-3 and MMC-6, READ (12) command. */
const read12Cdb = layout(12, {
  operationCode: bits(0, 0xff),
  forceUnitAccess: flag(1, 0x08),
  lba: bits(2, 0xffff_ffff),
  blocks: bits(6, 0xffff_ffff),
  streaming: flag(10, 0x80),
});

/** Bytes in a logical block of every optical disc that holds user data. */
export const opticalBlockLength = 2048;

export interface ReadOptions {
  /** Bytes in a block, where that is not 2048. */
  readonly blockLength?: number;
  /** Whether the blocks must come from the medium and not from the drive's cache. */
  readonly forceUnitAccess?: boolean;
}

/**
 * Reads `blocks` (0 to 65535) logical blocks from `lba` on. The reply is the data as it came, not a
 * copy; it is shorter than was asked for where the drive sent less.
 */
export function read10(
  lba: number,
  blocks: number,
  options: ReadOptions = {},
): Command<Uint8Array> {
  const { blockLength = opticalBlockLength, forceUnitAccess = false } = options;
  const cdb = read10Cdb.pack({ operationCode: 0x28, forceUnitAccess, lba, blocks });
  return readCommand("READ (10)", cdb, lba, blocks * blockLength);
}

/** As `read10`, for any number of blocks. `streaming` puts the speed before the last retry. */
export function read12(
  lba: number,
  blocks: number,
  options: ReadOptions & { readonly streaming?: boolean } = {},
): Command<Uint8Array> {
  const { blockLength = opticalBlockLength, forceUnitAccess = false, streaming = false } = options;
  const cdb = read12Cdb.pack({ operationCode: 0xa8, forceUnitAccess, lba, blocks, streaming });
  return readCommand("READ (12)", cdb, lba, blocks * blockLength);
}

function readCommand(
  name: string,
  cdb: Uint8Array,
  lba: number,
  transferLength: number,
): Command<Uint8Array> {
  return commandIn(name, cdb, transferLength, (data) => data, {
    timeoutMs: mediumAccessTimeoutMs,
    lba,
  });
}
