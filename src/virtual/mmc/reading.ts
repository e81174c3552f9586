import { be32, bytes, readBe16, readBe32 } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import { BLOCK_BYTES, firstScrambled } from "../disc.js";
import { data, done, refuse, type Reply } from "../reply.js";
import {
  blankCheck,
  invalidFieldInCdb,
  lbaOutOfRange,
  scrambledSector,
  unrecoveredReadError,
} from "../sense.js";

/** The most one command reads: what READ (10) can name. A reply is in memory as a whole. */
const MAX_BLOCKS_A_COMMAND = 0xffff;

/** Where READ (12) has its number of blocks. */
const COUNT_OF_READ12 = 6;

/** READ CAPACITY (MMC-6): the last block, or 0 where nothing is recorded. */
export const readCapacity: Command = {
  name: "READ CAPACITY",
  opcode: 0x25,
  cdbLength: 10,
  needsMedium: true,
  run({ tray }) {
    const lastLba = Math.max(0, (tray.medium?.blocks ?? 0) - 1);
    return data(bytes(be32(lastLba), be32(BLOCK_BYTES)));
  },
};

/** READ (10) (MMC-6). */
export const read10: Command = {
  name: "READ (10)",
  opcode: 0x28,
  cdbLength: 10,
  needsMedium: true,
  run: (drive, cdb, _parameters, hostLength) =>
    readBlocks(drive, readBe32(cdb, 2), readBe16(cdb, 7), hostLength),
};

/** READ (12) (MMC-6); its Streaming bit asks for haste, which is all this drive has. */
export const read12: Command = {
  name: "READ (12)",
  opcode: 0xa8,
  cdbLength: 12,
  needsMedium: true,
  run: (drive, cdb, _parameters, hostLength) =>
    readBlocks(drive, readBe32(cdb, 2), readBe32(cdb, 6), hostLength),
};

/** SYNCHRONIZE CACHE (MMC-6): hosts send it on closing; there is nothing to write. */
export const synchronizeCache: Command = {
  name: "SYNCHRONIZE CACHE",
  opcode: 0x35,
  cdbLength: 10,
  run: () => done,
};

function readBlocks(
  drive: DriveParts,
  lba: number,
  count: number,
  hostLength: number,
): Reply | Promise<Reply> {
  const disc = drive.tray.medium;
  if (!disc) return refuse(drive.tray.notReady);
  if (lba + count > disc.capacity) return refuse(lbaOutOfRange(Math.max(lba, disc.capacity)));
  if (lba + count > disc.blocks) return refuse(blankCheck(lba));
  const scrambled = drive.sessions.authenticated ? undefined : firstScrambled(disc, lba, count);
  if (scrambled !== undefined) return refuse(scrambledSector(scrambled));
  const wanted = Math.min(count, Math.ceil(hostLength / BLOCK_BYTES));
  if (wanted === 0) return { ...done, intendedLength: count * BLOCK_BYTES };

  if (wanted > MAX_BLOCKS_A_COMMAND) return refuse(invalidFieldInCdb(COUNT_OF_READ12));

  const answer = (blocks: Uint8Array): Reply => {
    if (blocks.length === wanted * BLOCK_BYTES) {
      return { status: 0x00, dataIn: blocks, intendedLength: count * BLOCK_BYTES };
    }
    const whole = Math.floor(blocks.length / BLOCK_BYTES);
    return fail(
      new RangeError(`The disc gave ${blocks.length} bytes for ${wanted} blocks.`),
      lba + Math.min(whole, wanted - 1),
    );
  };
  const fail = (cause: unknown, failedLba: number): Reply => {
    drive.noteReadError(cause);
    return refuse(unrecoveredReadError(failedLba));
  };
  try {
    const blocks = disc.read(lba, wanted);
    return blocks instanceof Uint8Array
      ? answer(blocks)
      : Promise.resolve(blocks).then(answer, (cause: unknown) => fail(cause, lba));
  } catch (cause) {
    return fail(cause, lba);
  }
}
