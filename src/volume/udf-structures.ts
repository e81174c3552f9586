import { bits, bytes, layout, type Layout, type LayoutValues } from "../layout.js";
import { damaged } from "./errors.js";

/** ECMA-167 3/7.2 and 4/7.2: what every descriptor begins with. */
const descriptorTag = layout(
  16,
  { identifier: bits(0, 0xffff), checksum: bits(4, 0xff), location: bits(12, 0xffff_ffff) },
  "little-endian",
);

/** ECMA-167 3/7.2.1 and 4/7.2.1. */
export const tags = {
  primaryVolume: 1,
  anchor: 2,
  volumePointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;

/** The identifier of a descriptor's tag; undefined where it is none (ECMA-167 3/7.2.3). */
export function tagOf(data: Uint8Array): number | undefined {
  if (data.length < descriptorTag.length) return undefined;
  const { identifier, checksum } = descriptorTag.unpack(data, "descriptor tag");
  let sum = 0;
  for (let index = 0; index < descriptorTag.length; index++) {
    if (index !== 4) sum += data[index] ?? 0;
  }
  return identifier !== 0 && (sum & 0xff) === checksum ? identifier : undefined;
}

/** Unpacks a descriptor. Throws `VolumeError` where it is another one, or none. */
export function unpackDescriptor<Values>(
  structure: Layout<Values>,
  data: Uint8Array,
  tag: number,
  what: string,
): Values {
  const found = tagOf(data);
  if (found !== tag) throw damaged(what, `has the tag ${found ?? "of nothing"} and not ${tag}`);
  return structure.unpack(data, what);
}

/** ECMA-167 3/10.2: where the volume descriptors are. */
export const anchor = layout(
  32,
  {
    mainBytes: bits(16, 0xffff_ffff),
    mainLba: bits(20, 0xffff_ffff),
    reserveBytes: bits(24, 0xffff_ffff),
    reserveLba: bits(28, 0xffff_ffff),
  },
  "little-endian",
);

/** 3/10.3. */
export const volumePointer = layout(
  28,
  { nextBytes: bits(20, 0xffff_ffff), nextLba: bits(24, 0xffff_ffff) },
  "little-endian",
);

/** 3/10.5. */
export const partition = layout(
  196,
  { number: bits(22, 0xffff), startLba: bits(188, 0xffff_ffff), blocks: bits(192, 0xffff_ffff) },
  "little-endian",
);

/** 3/10.6; the contents use holds the place of the file set (UDF 2.2.4.4). */
export const logicalVolume = layout(
  440,
  {
    label: bytes(84, 128),
    blockLength: bits(212, 0xffff_ffff),
    fileSet: bytes(248, 16),
    mapTableBytes: bits(264, 0xffff_ffff),
    maps: bits(268, 0xffff_ffff),
  },
  "little-endian",
);

/** 3/10.7: what a partition reference means; those of type 2 name themselves (UDF 2.2.8). */
export const partitionMap = layout(
  6,
  { type: bits(0, 0xff), length: bits(1, 0xff), partition: bits(4, 0xffff) },
  "little-endian",
);
export const sparableMap = layout(
  64,
  { identifier: bytes(5, 23), partition: bits(38, 0xffff) },
  "little-endian",
);

/** 4/14.1. */
export const fileSet = layout(512, { root: bytes(400, 16) }, "little-endian");

/** 4/14.14.2: an extent somewhere; the two upper bits of the length are its kind. */
export const longAllocation = layout(
  16,
  {
    kind: bits(0, 0xc000_0000),
    bytes: bits(0, 0x3fff_ffff),
    block: bits(4, 0xffff_ffff),
    partition: bits(8, 0xffff),
  },
  "little-endian",
);

/** 4/14.14.1: an extent in the same partition. */
export const shortAllocation = layout(
  8,
  { kind: bits(0, 0xc000_0000), bytes: bits(0, 0x3fff_ffff), block: bits(4, 0xffff_ffff) },
  "little-endian",
);

/** 4/14.14.1.1. */
export const extentKinds = { recorded: 0, allocated: 1, unallocated: 2, goesOn: 3 } as const;

/** 4/14.5. */
export const allocationExtent = layout(24, { bytes: bits(20, 0xffff_ffff) }, "little-endian");

/** 4/14.4; the name follows, after so many bytes for the system's use. */
export const fileIdentifier = layout(
  38,
  {
    characteristics: bits(18, 0xff),
    nameBytes: bits(19, 0xff),
    entry: bytes(20, 16),
    implementationBytes: bits(36, 0xffff),
  },
  "little-endian",
);
export const fileCharacteristics = { deleted: 0x04, parent: 0x08 } as const;

/** 4/14.6, the ICB tag of a file entry, which begins at byte 16. */
const icbTag = {
  fileType: bits(27, 0xff),
  allocationKind: bits(34, 0x0007),
};

/** 4/14.9. */
export const fileEntry = layout(
  176,
  {
    ...icbTag,
    bytesLow: bits(56, 0xffff_ffff),
    bytesHigh: bits(60, 0xffff_ffff),
    modified: bytes(84, 12),
    extendedAttributeBytes: bits(168, 0xffff_ffff),
    allocationBytes: bits(172, 0xffff_ffff),
  },
  "little-endian",
);

/** 4/14.17. */
export const extendedFileEntry = layout(
  216,
  {
    ...icbTag,
    bytesLow: bits(56, 0xffff_ffff),
    bytesHigh: bits(60, 0xffff_ffff),
    modified: bytes(92, 12),
    extendedAttributeBytes: bits(208, 0xffff_ffff),
    allocationBytes: bits(212, 0xffff_ffff),
  },
  "little-endian",
);

/** 4/14.6.6. */
export const fileTypes = { directory: 4, file: 5, link: 12 } as const;

/** 4/14.6.8: how the content is told of, after the extended attributes. */
export const allocationKinds = { short: 0, long: 1, inline: 3 } as const;

/** 4/14.16.1: a part of what a link points to. */
export const pathComponent = layout(
  4,
  { type: bits(0, 0xff), nameBytes: bits(1, 0xff) },
  "little-endian",
);
/** An agreed root without a name is the root as well: so the kernel writes it. */
export const pathComponentTypes = {
  agreedRoot: 1,
  root: 2,
  parent: 3,
  itself: 4,
  name: 5,
} as const;

export type LongAllocation = LayoutValues<typeof longAllocation>;

/** ECMA-167 1/7.3; undefined where there is no such month. */
export function timestamp(data: Uint8Array): Date | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [month, day, hour, minute, second, hundredths] = [4, 5, 6, 7, 8, 9].map((offset) =>
    view.getUint8(offset),
  ) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1) return undefined;
  // Minutes from Greenwich in twelve bits with a sign; -2047 is for unknown.
  const zone = (view.getUint16(0, true) << 20) >> 20;
  const local = Date.UTC(
    view.getInt16(2, true),
    month - 1,
    day,
    hour,
    minute,
    second,
    hundredths * 10,
  );
  return new Date(local - (zone === -2047 ? 0 : zone) * 60_000);
}

/** A name in OSTA compressed Unicode (UDF 2.1.1): how wide its characters are, and they. */
export function decodeName(data: Uint8Array): string {
  const [width, ...rest] = data;
  if (width === 16 || width === 255) {
    return new TextDecoder("utf-16be").decode(
      data.subarray(1, 1 + 2 * Math.floor(rest.length / 2)),
    );
  }
  return String.fromCharCode(...rest);
}

/** A name in a field of fixed length, whose last byte says how much of it is used (UDF 2.1.3). */
export function decodeFixedName(data: Uint8Array): string {
  const used = Math.min(data.at(-1) ?? 0, data.length - 1);
  return used > 0 ? decodeName(data.subarray(0, used)) : "";
}
