import { MalformedResponseError } from "../errors.js";
import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";
import { decodeCopyrightInformation, type CopyrightInformation } from "./copyright-information.js";
import { decodePhysicalFormat, type PhysicalFormat } from "./physical-format.js";

/** READ DISC STRUCTURE, MMC-6 6.22. */
const readDiscStructureCdb = layout(12, {
  operationCode: bits(0, 0xff),
  mediaType: bits(1, 0x0f),
  address: bits(2, 0xffff_ffff),
  layer: bits(6, 0xff),
  format: bits(7, 0xff),
  allocationLength: bits(8, 0xffff),
  agid: bits(10, 0xc0),
});

const structureHeader = layout(4, { dataLength: bits(0, 0xffff) });

const structureListEntry = layout(4, {
  format: bits(0, 0xff),
  sendable: flag(1, 0x80),
  readable: flag(1, 0x40),
  length: bits(2, 0xffff),
});

/** A DVD's or HD DVD's structures, and a BD's. */
const mediaTypes = { dvd: 0, bd: 1 } as const;

/** The structures of a DVD that are decoded here, by their format. */
export const discStructureFormats = {
  physical: 0x00,
  copyright: 0x01,
  discKey: 0x02,
  burstCuttingArea: 0x03,
  manufacturer: 0x04,
  list: 0xff,
} as const;

/** Bytes of a disc key block, and of a disc manufacturer's information. */
const discKeyLength = 2048;
const manufacturerLength = 2048;
/** Bytes of a burst cutting area at most. */
const maxBurstCuttingAreaLength = 188;

export interface ReadDiscStructureOptions {
  readonly format: number;
  /** Bytes that the drive may send, the header of four included. */
  readonly allocationLength: number;
  readonly mediaType?: keyof typeof mediaTypes;
  /** What it means depends on the format. */
  readonly address?: number;
  readonly layer?: number;
  /** The session with the drive, 0 to 3, for formats that are only sent inside of one. */
  readonly agid?: number;
}

/** One line of the list of structures. */
export interface DiscStructureListEntry {
  readonly format: number;
  readonly readable: boolean;
  readonly sendable: boolean;
  /** Bytes of the structure, its header included. */
  readonly length: number;
}

/** Asks for any structure of the disc, and returns what follows its header. */
export function readDiscStructure(options: ReadDiscStructureOptions): Command<Uint8Array> {
  return discStructureCommand(options, (data) => data);
}

/** Asks what the layer physically is: format 00h. */
export function readPhysicalFormat(layer = 0): Command<PhysicalFormat> {
  const format = discStructureFormats.physical;
  return discStructureCommand({ format, layer, allocationLength: 2052 }, (data) =>
    decodePhysicalFormat(data, layer),
  );
}

/** Asks whether the disc is protected, and where it plays: format 01h. */
export function readCopyrightInformation(layer = 0): Command<CopyrightInformation> {
  const format = discStructureFormats.copyright;
  const options = { format, layer, allocationLength: 8 };
  return discStructureCommand(options, decodeCopyrightInformation);
}

/**
 * Asks for the disc key block, as the drive encrypts it for the session: format 02h. It is always
 * 2048 bytes; anything else throws `MalformedResponseError`.
 */
export function readDiscKey(agid: number): Command<Uint8Array> {
  const format = discStructureFormats.discKey;
  const options = { format, agid, allocationLength: structureHeader.length + discKeyLength };
  return discStructureCommand(options, (data, claimedLength) => {
    if (data.length !== discKeyLength || claimedLength !== discKeyLength) {
      throw new MalformedResponseError(
        "disc key",
        structureHeader.length + data.length,
        `${discKeyLength} bytes are needed, ${data.length} of ${claimedLength} came`,
      );
    }
    return data;
  });
}

/** Asks for the burst cutting area, 12 to 188 bytes: format 03h. */
export function readBurstCuttingArea(): Command<Uint8Array> {
  const format = discStructureFormats.burstCuttingArea;
  return readDiscStructure({ format, allocationLength: 4 + maxBurstCuttingAreaLength });
}

/** Asks for what the disc's maker has written into the lead-in, 2048 bytes: format 04h. */
export function readManufacturerInformation(layer = 0): Command<Uint8Array> {
  const format = discStructureFormats.manufacturer;
  return readDiscStructure({ format, layer, allocationLength: 4 + manufacturerLength });
}

/** Asks which structures the disc and the drive have: format FFh. */
export function readDiscStructureList(
  allocationLength = 1028,
): Command<readonly DiscStructureListEntry[]> {
  const format = discStructureFormats.list;
  return discStructureCommand({ format, allocationLength }, (data) => {
    const entries: DiscStructureListEntry[] = [];
    const { length } = structureListEntry;
    for (let offset = 0; offset + length <= data.length; offset += length) {
      entries.push(structureListEntry.unpack(data, "list of disc structures", offset));
    }
    return entries;
  });
}

function discStructureCommand<Reply>(
  options: ReadDiscStructureOptions,
  decode: (data: Uint8Array, claimedLength: number) => Reply,
): Command<Reply> {
  const { mediaType = "dvd", allocationLength, ...fields } = options;
  const cdb = readDiscStructureCdb.pack({
    operationCode: 0xad,
    mediaType: mediaTypes[mediaType],
    allocationLength,
    ...fields,
  });
  const decodeStructure = (received: Uint8Array): Reply => {
    const { dataLength } = structureHeader.unpack(received, "disc structure");
    // The length counts what follows it.
    return decode(received.subarray(structureHeader.length, 2 + dataLength), dataLength - 2);
  };
  return commandIn("READ DISC STRUCTURE", cdb, allocationLength, decodeStructure, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}
