import { be16, be32, byteAt, bytes, nothing, readBe16 } from "../bytes.js";
import type { Command } from "../command.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb } from "../sense.js";

/** ADR 1 (Q sub-channel holds the position), control 4 (a data track). */
const DATA_TRACK = 0x14;
const LEAD_OUT = 0xaa;

/** READ TOC/PMA/ATIP (MMC-6), formats 0 to 2; a DVD gets the table of a one-track CD. */
export const readToc: Command = {
  name: "READ TOC/PMA/ATIP",
  opcode: 0x43,
  cdbLength: 10,
  needsMedium: true,
  run({ tray }, cdb) {
    const blocks = tray.medium?.blocks ?? 0;
    const asMsf = (byteAt(cdb, 1) & 0x02) !== 0;
    const track = byteAt(cdb, 6);
    const allocationLength = readBe16(cdb, 7);
    // The ATAPI drafts had the format in the control byte, and hosts still send it there.
    const format = byteAt(cdb, 2) & 0x0f || byteAt(cdb, 9) >> 6;
    if (blocks === 0 || format > 2) return refuse(invalidFieldInCdb(2, 3));
    const address = asMsf ? msfAddress : be32;
    if (format === 0) {
      if (track > 1 && track !== LEAD_OUT) return refuse(invalidFieldInCdb(6));
      return data(tableOfContents(track, blocks, address), allocationLength);
    }
    if (format === 1) return data(sessionInformation(address), allocationLength);
    if (track > 1) return refuse(invalidFieldInCdb(6));
    return data(fullToc(blocks), allocationLength);
  },
};

type Address = (lba: number) => readonly number[];

/** Format 0000b: the tracks from `from` on, and the lead-out. */
function tableOfContents(from: number, blocks: number, address: Address): Uint8Array {
  const track1 = from <= 1 ? bytes(0, DATA_TRACK, 1, 0, address(0)) : nothing;
  return withHeader(bytes(track1, [0, DATA_TRACK, LEAD_OUT, 0], address(blocks)));
}

/** Format 0001b: the first track of the last complete session. */
const sessionInformation = (address: Address) => withHeader(bytes(0, DATA_TRACK, 1, 0, address(0)));

/** Format 0010b: the lead-in's points A0h, A1h, A2h and track 1, always in MSF. */
function fullToc(blocks: number): Uint8Array {
  const point = (name: number, place: readonly number[]) =>
    bytes([1, DATA_TRACK, 0, name, 0, 0, 0, 0], place);
  return withHeader(
    bytes(
      point(0xa0, [1, 0x00, 0]),
      point(0xa1, [1, 0, 0]),
      point(0xa2, msf(blocks)),
      point(1, msf(0)),
    ),
  );
}

/** The length of what follows, and the first and last track or session: always 1 and 1. */
const withHeader = (descriptors: Uint8Array) =>
  bytes(be16(descriptors.length + 2), 1, 1, descriptors);

const msfAddress = (lba: number) => [0, ...msf(lba)];

/** Minutes, seconds and frames of 1/75 s, 2 s after the lead-in; a DVD's end may exceed them. */
function msf(lba: number): readonly [number, number, number] {
  const frames = lba + 150;
  const minutes = Math.floor(frames / (60 * 75));
  if (minutes > 0xff) return [0xff, 59, 74];
  return [minutes, Math.floor(frames / 75) % 60, frames % 75];
}
