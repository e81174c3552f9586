import { be16, be24, byteAt, bytes, readBe16, zeros } from "../bytes.js";
import type { Command } from "../command.js";
import { BLOCK_BYTES, START_PSN, type Disc } from "../disc.js";
import { data, refuse } from "../reply.js";
import { incompatibleMedium, invalidFieldInCdb } from "../sense.js";
import { readDiscKey } from "./content-keys.js";

const LIST_OF_FORMATS = 0xff;
const DISC_KEY = 0x02;

/** READ DISC STRUCTURE (MMC-6) of a DVD: formats 00h to 04h, and FFh, the list of them. */
export const readDiscStructure: Command = {
  name: "READ DISC STRUCTURE",
  opcode: 0xad,
  cdbLength: 12,
  needsMedium: true,
  run(drive, cdb) {
    const disc = drive.tray.medium;
    if (!disc) return refuse(drive.tray.notReady);
    const mediaType = byteAt(cdb, 1) & 0x0f;
    const layer = byteAt(cdb, 6);
    const format = byteAt(cdb, 7);
    const allocationLength = readBe16(cdb, 8);
    if (mediaType !== 0) return refuse(invalidFieldInCdb(1, 3));
    if (disc.media === "cd-rom") return refuse(incompatibleMedium);
    if (layer >= disc.layers) return refuse(invalidFieldInCdb(6));
    if (format === LIST_OF_FORMATS) return data(withHeader(formatList(disc)), allocationLength);
    if (format === DISC_KEY) {
      return readDiscKey(drive, disc, byteAt(cdb, 10) >> 6, allocationLength);
    }
    const structure = structures(disc).find(({ code }) => code === format);
    if (!structure) return refuse(invalidFieldInCdb(7));
    return data(withHeader(structure.content), allocationLength);
  },
};

interface Structure {
  readonly code: number;
  readonly content: Uint8Array;
}

const structures = (disc: Disc): readonly Structure[] => [
  { code: 0x00, content: physicalFormat(disc) },
  { code: 0x01, content: copyright(disc) },
  ...(disc.burstCuttingArea ? [{ code: 0x03, content: disc.burstCuttingArea }] : []),
  { code: 0x04, content: padded(disc.manufacturer) },
];

/** Four bytes a format: its code, Readable Disc Structure, its length with the header. */
function formatList(disc: Disc): Uint8Array {
  const readable = 0x40;
  const lengths = structures(disc).map(({ code, content }) => ({ code, length: content.length }));
  if (disc.copyright.protection === "css") lengths.push({ code: DISC_KEY, length: BLOCK_BYTES });
  lengths.sort((a, b) => a.code - b.code);
  return bytes(...lengths.flatMap(({ code, length }) => [code, readable, be16(length + 4)]));
}

const withHeader = (content: Uint8Array) => bytes(be16(content.length + 2), [0, 0], content);

const padded = (content: Uint8Array) => bytes(content, zeros(BLOCK_BYTES - content.length));

/** Format 00h: the lead-in's physical format information (MMC-6; ECMA-267). */
function physicalFormat(disc: Disc): Uint8Array {
  const { category, part, layerType } = book(disc);
  const size120mm = 0x0;
  const rateNotSpecified = 0xf;
  const dualLayer = disc.layers === 2;
  const oppositeTrackPath = dualLayer ? 0x10 : 0x00;
  const linearDensity = dualLayer ? 0x10 : 0x00; // 0.293 um a bit, or 0.267
  const { end, endOfLayer0 } = dataArea(disc);
  return padded(
    bytes(
      (category << 4) | part,
      (size120mm << 4) | rateNotSpecified,
      ((disc.layers - 1) << 5) | oppositeTrackPath | layerType,
      linearDensity,
      [0, ...be24(START_PSN)],
      [0, ...be24(end)],
      [0, ...be24(endOfLayer0)],
      disc.burstCuttingArea ? 0x80 : 0x00,
    ),
  );
}

/** Disc category and part version, and whether the layer is embossed or recordable. */
function book({ media }: Disc): { category: number; part: number; layerType: number } {
  if (media === "dvd-r") return { category: 0x2, part: 0x5, layerType: 0x2 };
  if (media === "dvd+r") return { category: 0xa, part: 0x1, layerType: 0x2 };
  return { category: 0x0, part: 0x1, layerType: 0x1 };
}

/**
 * Physical sector numbers. On an opposite track path, layer 1 is counted inwards from where
 * layer 0 ends, its first sector having that number with every bit inverted (ECMA-267).
 */
function dataArea({ blocks, layerBreak }: Disc): { end: number; endOfLayer0: number } {
  if (layerBreak === undefined) {
    return { end: blocks === 0 ? 0 : START_PSN + blocks - 1, endOfLayer0: 0 };
  }
  const endOfLayer0 = START_PSN + layerBreak;
  const firstOfLayer1 = ~endOfLayer0 & 0xffffff;
  return { end: firstOfLayer1 + (blocks - layerBreak - 1) - 1, endOfLayer0 };
}

/** Format 01h: the protection system and the regions it forbids. CSS and CPPM share a number. */
function copyright({ copyright: { protection, regionMask } }: Disc): Uint8Array {
  return bytes(protection === "none" ? 0x00 : 0x01, regionMask, 0, 0);
}
