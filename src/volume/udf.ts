import type { BlockCache } from "./block-source.js";
import type { ContentPiece, Volume, VolumeEntry } from "./entry.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { damaged } from "./errors.js";
import {
  allocationExtent,
  allocationKinds,
  decodeFixedName,
  decodeName,
  extendedFileEntry,
  extentKinds,
  fileCharacteristics,
  fileEntry,
  fileIdentifier,
  fileSet,
  fileTypes,
  longAllocation,
  pathComponent,
  pathComponentTypes,
  shortAllocation,
  tagOf,
  tags,
  timestamp,
  unpackDescriptor,
  type LongAllocation,
} from "./udf-structures.js";
import { findUdfVolume, type Partitions } from "./udf-volume.js";

/** A file in more pieces than this leads from one piece to the next for ever. */
const mostAllocationExtents = 100_000;
/** More than 100,000 entries; a directory that claims more is damaged. */
const mostDirectoryBytes = 64 * 1024 * 1024;

/**
 * The tree of UDF on a disc (ECMA-167 with UDF 1.02, and later ones as far as they are on plain or
 * sparable partitions); undefined where there is none.
 */
export async function findUdf(cache: BlockCache): Promise<Volume | undefined> {
  const found = await findUdfVolume(cache);
  if (found === undefined) return undefined;
  const { volume, partitions } = found;
  const udf = new Udf(cache, partitions);
  const set = longAllocation.unpack(volume.fileSet, "place of the file set");
  const setBlock = await udf.blockOf(set, "The file set");
  const { root } = unpackDescriptor(fileSet, setBlock, tags.fileSet, "The file set");
  return {
    format: "udf",
    label: decodeFixedName(volume.label),
    root: await udf.entry(longAllocation.unpack(root, "place of the root directory"), ""),
    list: (directory) => udf.list(directory),
  };
}

class Udf {
  readonly #cache: BlockCache;
  readonly #partitions: Partitions;

  constructor(cache: BlockCache, partitions: Partitions) {
    this.#cache = cache;
    this.#partitions = partitions;
  }

  /** The first block of an extent. */
  blockOf(place: LongAllocation, what: string): Promise<Uint8Array> {
    return this.#cache.block(this.#lbaOf(place.partition, place.block, what), what);
  }

  /** Reads the file entry at a place, and makes an entry of it. */
  async entry(place: LongAllocation, name: string): Promise<VolumeEntry> {
    const what = name === "" ? "The root directory" : `The entry of ${name}`;
    const data = await this.blockOf(place, what);
    const structure = tagOf(data) === tags.extendedFileEntry ? extendedFileEntry : fileEntry;
    const tag = structure === fileEntry ? tags.fileEntry : tags.extendedFileEntry;
    const values = unpackDescriptor(structure, data, tag, what);
    const size = values.bytesHigh * 2 ** 32 + values.bytesLow;
    const start = structure.length + values.extendedAttributeBytes;
    const allocations = data.subarray(start, start + values.allocationBytes);
    const kind = kindOf(values.fileType);
    const lba = this.#lbaOf(place.partition, place.block, what);
    const content = (): Promise<readonly ContentPiece[]> =>
      this.#pieces(allocations, values.allocationKind, place.partition, size, what);
    const modified = timestamp(values.modified);
    const entry = { name, kind, bytes: size, modified, lba, content };
    if (kind !== "link") return entry;
    return { ...entry, target: linkTarget(await this.#contentOf(entry, what)) };
  }

  async list(directory: VolumeEntry): Promise<readonly VolumeEntry[]> {
    const what = directory.name === "" ? "The root directory" : `The directory ${directory.name}`;
    const data = await this.#contentOf(directory, what);
    const entries: VolumeEntry[] = [];
    let offset = 0;
    while (offset + fileIdentifier.length <= data.length) {
      const identifier = unpackDescriptor(
        fileIdentifier,
        data.subarray(offset),
        tags.fileIdentifier,
        `${what}, at byte ${offset},`,
      );
      const nameStart = offset + fileIdentifier.length + identifier.implementationBytes;
      const name = data.subarray(nameStart, nameStart + identifier.nameBytes);
      offset = 4 * Math.ceil((nameStart + identifier.nameBytes) / 4);
      const { deleted, parent } = fileCharacteristics;
      if ((identifier.characteristics & (deleted | parent)) !== 0) continue;
      const place = longAllocation.unpack(identifier.entry, "place of a file");
      entries.push(await this.entry(place, decodeName(name)));
    }
    return entries;
  }

  async #contentOf(entry: VolumeEntry, what: string): Promise<Uint8Array> {
    if (entry.bytes > mostDirectoryBytes) {
      throw damaged(what, `claims to have ${entry.bytes} bytes`);
    }
    const data = new Uint8Array(entry.bytes);
    let offset = 0;
    for (const piece of await entry.content()) {
      if (piece.kind === "inline") data.set(piece.data, offset);
      if (piece.kind === "blocks") {
        data.set(await this.#cache.bytes(piece.lba, piece.bytes, what), offset);
      }
      offset += piece.bytes;
    }
    return data;
  }

  /** Where the content is that a file entry's allocation descriptors tell of. */
  async #pieces(
    first: Uint8Array,
    allocationKind: number,
    ownPartition: number,
    size: number,
    what: string,
  ): Promise<ContentPiece[]> {
    if (size > this.#cache.blocks * blockBytes) {
      throw damaged(what, `claims to have ${size} bytes, which is more than the disc`);
    }
    if (allocationKind === allocationKinds.inline) {
      if (first.length < size) throw damaged(what, "is shorter than it claims to be");
      return [{ kind: "inline", data: first.subarray(0, size), bytes: size }];
    }
    const isShort = allocationKind === allocationKinds.short;
    if (!isShort && allocationKind !== allocationKinds.long) {
      throw damaged(what, `has allocation descriptors of an unknown kind, ${allocationKind}`);
    }
    const structure = isShort ? shortAllocation : longAllocation;
    const pieces: ContentPiece[] = [];
    let left = size;
    let descriptors = first;
    let offset = 0;
    for (let count = 0; left > 0 && offset + structure.length <= descriptors.length; count++) {
      if (count > mostAllocationExtents) throw damaged(what, "is in more pieces than a disc holds");
      const extent = { partition: ownPartition, ...structure.unpack(descriptors, what, offset) };
      offset += structure.length;
      if (extent.bytes === 0) break; // ECMA-167 4/12: what comes after is not used
      if (extent.kind === extentKinds.goesOn) {
        const next = await this.blockOf(extent, what);
        const { bytes } = unpackDescriptor(allocationExtent, next, tags.allocationExtent, what);
        descriptors = next.subarray(allocationExtent.length, allocationExtent.length + bytes);
        offset = 0;
        continue;
      }
      const bytes = Math.min(extent.bytes, left);
      left -= bytes;
      if (extent.kind !== extentKinds.recorded) pieces.push({ kind: "zeros", bytes });
      else {
        const last = Math.ceil(bytes / blockBytes) - 1;
        this.#lbaOf(extent.partition, extent.block + last, what);
        const lba = this.#lbaOf(extent.partition, extent.block, what);
        pieces.push({ kind: "blocks", lba, bytes });
      }
    }
    // What no extent is recorded for is zero (ECMA-167 4/14.14.1.1).
    return left > 0 ? [...pieces, { kind: "zeros", bytes: left }] : pieces;
  }

  #lbaOf(reference: number, block: number, what: string): number {
    const place = this.#partitions[reference];
    if (place === undefined)
      throw damaged(what, `is on a partition ${reference} that is not there`);
    const lba = place.startLba + block;
    if (block >= place.blocks || lba >= this.#cache.blocks) {
      throw damaged(what, `is said to be at block ${block}, beyond its partition or the disc`);
    }
    return lba;
  }
}

function kindOf(fileType: number): VolumeEntry["kind"] {
  if (fileType === fileTypes.directory) return "directory";
  if (fileType === fileTypes.link) return "link";
  return fileType === fileTypes.file || fileType === 0 ? "file" : "special";
}

/** ECMA-167 4/14.16. */
function linkTarget(data: Uint8Array): string {
  const parts: string[] = [];
  let isAbsolute = false;
  for (let offset = 0; offset + pathComponent.length <= data.length;) {
    const { type, nameBytes } = pathComponent.unpack(data, "path component", offset);
    const start = offset + pathComponent.length;
    offset = start + nameBytes;
    const isRoot =
      type === pathComponentTypes.root ||
      (type === pathComponentTypes.agreedRoot && nameBytes === 0);
    if (isRoot) isAbsolute = true;
    else if (type === pathComponentTypes.parent) parts.push("..");
    else if (type === pathComponentTypes.itself) parts.push(".");
    else if (type === pathComponentTypes.name) {
      parts.push(decodeName(data.subarray(start, start + nameBytes)));
    }
  }
  return `${isAbsolute ? "/" : ""}${parts.join("/")}`;
}
