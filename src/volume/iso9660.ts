import { bits, bytes, flag, layout, text } from "../layout.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { BlockCache } from "./block-source.js";
import type { ContentPiece, Volume, VolumeEntry } from "./entry.js";
import { damaged, VolumeError } from "./errors.js";
import { shortDate } from "./iso9660-date.js";
import { readRockRidge, readSharingProtocol, type RockRidge } from "./rock-ridge.js";

/** ECMA-119 8.4, primary, and 8.5, supplementary volume descriptor. */
const volumeDescriptor = layout(
  190,
  {
    type: bits(0, 0xff),
    identifier: text(1, 5),
    label: text(40, 32),
    labelBytes: bytes(40, 32),
    escapeSequences: bytes(88, 32),
    blockLength: bits(128, 0xffff),
    rootRecord: bytes(156, 34),
  },
  "little-endian",
);

/** ECMA-119 9.1; numbers are there in both orders. */
const directoryRecord = layout(
  33,
  {
    length: bits(0, 0xff),
    extendedAttributeBlocks: bits(1, 0xff),
    block: bits(2, 0xffff_ffff),
    bytes: bits(10, 0xffff_ffff),
    date: bytes(18, 7),
    isDirectory: flag(25, 0x02),
    isAssociated: flag(25, 0x04),
    goesOn: flag(25, 0x80),
    unitBlocks: bits(26, 0xff),
    nameLength: bits(32, 0xff),
  },
  "little-endian",
);

const descriptorTypes = { primary: 1, supplementary: 2, terminator: 255 } as const;
const firstDescriptorBlock = 16;
/** No disc has more; one without a terminator is damaged. */
const mostDescriptors = 64;
/** More than 100,000 entries; a directory that claims more is damaged. */
const mostDirectoryBytes = 64 * 1024 * 1024;

/** POSIX file types, in the mode. */
const fileTypes = {
  mask: 0o170000,
  regular: 0o100000,
  directory: 0o040000,
  link: 0o120000,
} as const;

interface Tree {
  readonly format: "rock-ridge" | "joliet" | "iso9660";
  readonly cache: BlockCache;
  /** Bytes of each system use area to skip, with Rock Ridge. */
  readonly skipped: number;
}

/** A record and what belongs to it: one for each part of a file that has several. */
interface NamedRecord {
  readonly records: ReturnType<typeof directoryRecord.unpack>[];
  readonly name: Uint8Array;
  readonly systemUse: Uint8Array;
}

/** The trees of ISO 9660 on a disc (ECMA-119): with Rock Ridge, as Joliet, and the plain one. */
export async function findIso9660(cache: BlockCache): Promise<Volume[]> {
  const volumes: Volume[] = [];
  for (let index = 0; index < mostDescriptors; index++) {
    const lba = firstDescriptorBlock + index;
    if (lba >= cache.blocks) break;
    const data = await cache.block(lba, "A volume descriptor");
    const descriptor = volumeDescriptor.unpack(data, "volume descriptor");
    if (descriptor.identifier !== "CD001") {
      // UDF's descriptors may stand between (ECMA-167 2/9.1).
      if (/^(BEA01|NSR0[23]|TEA01|BOOT2)$/.test(descriptor.identifier)) continue;
      break;
    }
    const { type, escapeSequences, label, labelBytes } = descriptor;
    if (type === descriptorTypes.primary) {
      volumes.push(...(await primaryTrees(cache, descriptor.rootRecord, label)));
    } else if (type === descriptorTypes.supplementary && isJoliet(escapeSequences)) {
      const tree = { format: "joliet", cache, skipped: 0 } as const;
      const jolietLabel = decodeUcs2(labelBytes).replace(/[\0 ]+$/, "");
      volumes.push(volumeOf(tree, jolietLabel, descriptor.rootRecord));
    }
    const isLast = type === descriptorTypes.terminator;
    if (isLast) break;
  }
  return volumes;
}

async function primaryTrees(
  cache: BlockCache,
  rootRecord: Uint8Array,
  label: string,
): Promise<Volume[]> {
  const plain = volumeOf({ format: "iso9660", cache, skipped: 0 }, label, rootRecord);
  const { block } = directoryRecord.unpack(rootRecord, "root directory record");
  if (block >= cache.blocks) return [plain];
  const [itself] = recordsOf(await cache.block(block, "The root directory"));
  const skipped = itself ? readSharingProtocol(itself.systemUse) : undefined;
  if (skipped === undefined) return [plain];
  return [volumeOf({ format: "rock-ridge", cache, skipped }, label, rootRecord), plain];
}

/** Joliet: UCS-2 level 1, 2 or 3. */
function isJoliet(escapeSequences: Uint8Array): boolean {
  return /^%\/[@CE]/.test(String.fromCharCode(...escapeSequences.subarray(0, 3)));
}

function volumeOf(tree: Tree, label: string, rootRecord: Uint8Array): Volume {
  const record = directoryRecord.unpack(rootRecord, "root directory record");
  const root = entryOf(
    tree,
    { records: [record], name: new Uint8Array(1), systemUse: noBytes },
    "",
  );
  return { format: tree.format, label, root, list: (directory) => list(tree, directory) };
}

const noBytes = new Uint8Array(0);

async function list(tree: Tree, directory: VolumeEntry): Promise<readonly VolumeEntry[]> {
  const { cache, format, skipped } = tree;
  const what = directory.name === "" ? "The root directory" : `The directory ${directory.name}`;
  if (directory.bytes > mostDirectoryBytes) {
    throw damaged(what, `claims to have ${directory.bytes} bytes`);
  }
  const entries: VolumeEntry[] = [];
  const data = await cache.bytes(directory.lba, directory.bytes, what);
  for (const found of joined(recordsOf(data))) {
    const [first] = found.records;
    // Itself, its parent (ECMA-119 6.8.2.2), and what belongs to other systems' files.
    if (first === undefined || isItselfOrParent(found.name) || first.isAssociated) continue;
    if (format !== "rock-ridge") {
      entries.push(entryOf(tree, found, nameOf(tree, found.name)));
      continue;
    }
    const more = await readRockRidge(found.systemUse.subarray(skipped), cache);
    if (more.isRelocated) continue;
    entries.push(await rockRidgeEntry(tree, found, more));
  }
  return entries;
}

async function rockRidgeEntry(
  tree: Tree,
  found: NamedRecord,
  more: RockRidge,
): Promise<VolumeEntry> {
  const plain = entryOf(tree, found, more.name ?? nameOf(tree, found.name));
  const modified = more.modified ?? plain.modified;
  if (more.childBlock !== undefined) {
    const [itself] = recordsOf(await tree.cache.block(more.childBlock, "A relocated directory"));
    const moved = { lba: more.childBlock, bytes: itself?.records[0]?.bytes ?? 0 };
    return { ...plain, modified, kind: "directory", ...moved };
  }
  const type = (more.mode ?? 0) & fileTypes.mask;
  if (more.target !== undefined || type === fileTypes.link) {
    return { ...plain, modified, kind: "link", target: more.target ?? "" };
  }
  const isSpecial = type !== 0 && type !== fileTypes.regular && type !== fileTypes.directory;
  return { ...plain, modified, ...(isSpecial && { kind: "special" as const }) };
}

function entryOf({ cache }: Tree, { records }: NamedRecord, name: string): VolumeEntry {
  const [first] = records as [NamedRecord["records"][number]];
  const size = records.reduce((sum, record) => sum + record.bytes, 0);
  return {
    name,
    kind: first.isDirectory ? "directory" : "file",
    bytes: size,
    modified: shortDate(first.date),
    lba: first.block + first.extendedAttributeBlocks,
    // eslint-disable-next-line @typescript-eslint/require-await -- what is wrong is to be a rejection
    async content() {
      return records.map((record): ContentPiece => {
        const lba = record.block + record.extendedAttributeBlocks;
        if (record.unitBlocks !== 0) {
          throw new VolumeError(
            "UNSUPPORTED_FILE_SYSTEM",
            `${name} is interleaved with other files, which nothing makes any more. Read the disc's ` +
              "blocks instead.",
          );
        }
        if (record.bytes > 0 && lba + Math.ceil(record.bytes / blockBytes) > cache.blocks) {
          throw damaged(
            `${name}, of ${record.bytes} bytes from block ${lba} on,`,
            `is beyond the disc's ${cache.blocks} blocks`,
          );
        }
        return { kind: "blocks", lba, bytes: record.bytes };
      });
    },
  };
}

/** The records of a directory. They do not cross from one block to the next; a zero ends a block. */
function* recordsOf(data: Uint8Array): Generator<NamedRecord> {
  for (let start = 0; start < data.length; start += blockBytes) {
    const block = data.subarray(start, start + blockBytes);
    let offset = 0;
    while (offset + directoryRecord.length <= block.length) {
      const record = directoryRecord.unpack(block, "directory record", offset);
      const nameEnd = directoryRecord.length + record.nameLength;
      if (record.length < nameEnd || offset + record.length > block.length) break;
      const whole = block.subarray(offset, offset + record.length);
      yield {
        records: [record],
        name: whole.subarray(directoryRecord.length, nameEnd),
        // A name of even length is followed by a padding byte.
        systemUse: whole.subarray(nameEnd + (1 - (record.nameLength % 2))),
      };
      offset += record.length;
    }
  }
}

/** Makes one of the records of a file that is in several parts (ECMA-119 6.5.1). */
function* joined(all: Iterable<NamedRecord>): Generator<NamedRecord> {
  let open: NamedRecord | undefined;
  for (const found of all) {
    const [record] = found.records;
    if (open) open.records.push(...found.records);
    else open = found;
    if (record?.goesOn === true) continue;
    yield open;
    open = undefined;
  }
  if (open) yield open;
}

const isItselfOrParent = (name: Uint8Array): boolean => name.length === 1 && (name[0] ?? 2) <= 1;

/** Without the version, and without a dot that nothing follows (ECMA-119 7.5.1). */
function nameOf({ format }: Tree, name: Uint8Array): string {
  const whole = format === "joliet" ? decodeUcs2(name) : String.fromCharCode(...name);
  const unversioned = whole.replace(/;\d*$/, "");
  return format === "joliet" ? unversioned : unversioned.replace(/\.$/, "");
}

const decodeUcs2 = (data: Uint8Array): string => new TextDecoder("utf-16be").decode(data);
