import { bits, bytes, flag, layout } from "../layout.js";
import type { CommandBlock } from "./command-transport.js";

/** Command Block Wrapper, Bulk-Only Transport 1.0, 5.1. */
const commandBlockWrapper = layout(
  31,
  {
    signature: bits(0, 0xffffffff),
    tag: bits(4, 0xffffffff),
    dataTransferLength: bits(8, 0xffffffff),
    directionIn: flag(12, 0x80),
    lun: bits(13, 0x0f),
    commandBlockLength: bits(14, 0x1f),
    commandBlock: bytes(15, 16),
  },
  "little-endian",
);

/** "USBC", least significant byte first. */
const signature = 0x43425355;

/** The 31 bytes that carry `block` to logical unit `lun`; `tag` comes back with its status. */
export function packCommandBlockWrapper(
  tag: number,
  lun: number,
  block: CommandBlock,
): Uint8Array<ArrayBuffer> {
  const { cdb } = block;
  if (cdb.length < 1 || cdb.length > 16) {
    throw new RangeError(
      `${block.name}: a command block has 1 to 16 bytes, this has ${cdb.length}`,
    );
  }
  const commandBlock = new Uint8Array(16);
  commandBlock.set(cdb);
  return commandBlockWrapper.pack({
    signature,
    tag,
    dataTransferLength: block.transferLength,
    directionIn: block.direction === "in",
    lun,
    commandBlockLength: cdb.length,
    commandBlock,
  });
}
