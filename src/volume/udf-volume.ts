import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { BlockCache } from "./block-source.js";
import { damaged, VolumeError } from "./errors.js";
import {
  anchor,
  logicalVolume,
  partition,
  partitionMap,
  sparableMap,
  tagOf,
  tags,
  volumePointer,
} from "./udf-structures.js";

/** Structures that lead from one to the next, and are more than these, are a loop. */
const mostDescriptors = 256;

/** The partition references of a logical volume: where each begins, and how long it is. */
export type Partitions = readonly { readonly startLba: number; readonly blocks: number }[];

type Anchor = ReturnType<typeof anchor.unpack>;

export interface UdfVolume {
  readonly volume: ReturnType<typeof logicalVolume.unpack>;
  readonly partitions: Partitions;
}

/** The logical volume of UDF and its partitions; undefined where there is no UDF. */
export async function findUdfVolume(cache: BlockCache): Promise<UdfVolume | undefined> {
  const place = await findAnchor(cache);
  if (place === undefined) return undefined;
  try {
    return await readSequence(cache, place.mainLba, place.mainBytes);
  } catch (error) {
    // There is a second one, for when the first cannot be read (ECMA-167 3/8.4.2.2).
    return readSequence(cache, place.reserveLba, place.reserveBytes).catch(() => {
      throw error;
    });
  }
}

async function readSequence(cache: BlockCache, first: number, length: number): Promise<UdfVolume> {
  let volume: ReturnType<typeof logicalVolume.unpack> | undefined;
  let maps: Uint8Array = new Uint8Array(0);
  const found = new Map<number, { readonly startLba: number; readonly blocks: number }>();
  let lba = first;
  let end = first + Math.ceil(length / blockBytes);
  for (let count = 0; lba < end && count < mostDescriptors; count++) {
    const data = await cache.block(lba++, "A volume descriptor of UDF");
    const tag = tagOf(data);
    if (tag === tags.logicalVolume) {
      volume = logicalVolume.unpack(data, "logical volume descriptor");
      maps = data.subarray(logicalVolume.length, logicalVolume.length + volume.mapTableBytes);
    } else if (tag === tags.partition) {
      const { number, startLba, blocks } = partition.unpack(data, "partition descriptor");
      found.set(number, { startLba, blocks });
    } else if (tag === tags.volumePointer) {
      const { nextLba, nextBytes } = volumePointer.unpack(data, "volume descriptor pointer");
      lba = nextLba;
      end = nextLba + Math.ceil(nextBytes / blockBytes);
    } else if (tag === tags.terminating || tag === undefined) break;
  }
  if (volume === undefined) throw damaged("UDF", "has no logical volume");
  if (volume.blockLength !== blockBytes) {
    throw new VolumeError(
      "UNSUPPORTED_FILE_SYSTEM",
      `UDF has blocks of ${volume.blockLength} bytes here, and optical discs have ${blockBytes}.`,
    );
  }
  const partitions = partitionNumbers(maps, volume.maps).map((number) => {
    const place = found.get(number);
    if (place === undefined) throw damaged("UDF", `refers to a partition ${number}, and has none`);
    return place;
  });
  return { volume, partitions };
}

function partitionNumbers(maps: Uint8Array, count: number): number[] {
  const numbers: number[] = [];
  let offset = 0;
  while (numbers.length < count && offset + partitionMap.length <= maps.length) {
    const map = partitionMap.unpack(maps, "partition map", offset);
    const isSparable = map.type === 2 && offset + sparableMap.length <= maps.length;
    const special = isSparable ? sparableMap.unpack(maps, "partition map", offset) : undefined;
    const name = special ? String.fromCharCode(...special.identifier).replace(/\0.*/s, "") : "";
    if (map.type === 1) numbers.push(map.partition);
    else if (special && name === "*UDF Sparable Partition") numbers.push(special.partition);
    else {
      throw new VolumeError(
        "UNSUPPORTED_FILE_SYSTEM",
        `UDF is on a partition of the kind "${name}" here, which is not read. Copy the whole disc, ` +
          "and mount the copy.",
      );
    }
    if (map.length === 0) break;
    offset += map.length;
  }
  return numbers;
}

/** ECMA-167 3/8.4.2.1: at two of three places, of which block 256 is where discs have it. */
async function findAnchor(cache: BlockCache): Promise<Anchor | undefined> {
  for (const lba of [256, cache.blocks - 1, cache.blocks - 257]) {
    if (lba < 0 || lba >= cache.blocks) continue;
    const data = await cache.block(lba, "The anchor");
    if (tagOf(data) === tags.anchor) return anchor.unpack(data, "anchor");
  }
  return undefined;
}
