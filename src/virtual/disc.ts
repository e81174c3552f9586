import { DiscError } from "./errors.js";

/** Bytes in a logical block of every optical disc here (ECMA-267; ECMA-130, mode 1). */
export const BLOCK_BYTES = 2048;

/** Blocks of a 4.7 GB layer; what is larger has two (DVD-R for General, 4.70 GB: 2,298,496). */
export const LAYER_BLOCKS = 2_298_496;

/** The last block a 99-minute CD can address, plus one: 99:59:74 less the 2 s of lead-in. */
const CD_BLOCKS = 449_850;

/** Physical sector number of LBA 0 on every DVD (ECMA-267; MMC-6, READ DISC STRUCTURE). */
export const START_PSN = 0x030000;

const TITLE_KEY_BYTES = 5;

export type DiscMedia = "cd-rom" | "dvd-rom" | "dvd-r" | "dvd+r";

/** How the lead-in says that the disc is protected (READ DISC STRUCTURE format 01h). */
export interface Copyright {
  readonly protection: "none" | "css" | "cppm";
  /** One bit a region, bit 0 for region 1; a set bit forbids playing there. */
  readonly regionMask: number;
}

/** A run of sectors that is scrambled with one title key. */
export interface TitleKey {
  readonly firstLba: number;
  /** Inclusive. */
  readonly lastLba: number;
  /** 5 bytes, handed out as they are: the virtual drive obfuscates nothing. */
  readonly key: Uint8Array;
  /** Copyrighted material. Default: true. */
  readonly cpm?: boolean;
  /** The sectors are protected. Default: true. */
  readonly cpSec?: boolean;
  /** Copy generation management: 0 free, 2 once, 3 never, which is the default. */
  readonly cgms?: 0 | 1 | 2 | 3;
}

/** A disc, as the drive's pickup sees it. */
export interface Disc {
  readonly media: DiscMedia;
  /** Recorded logical blocks; 0 on a blank disc. */
  readonly blocks: number;
  /** Blocks that there is room for: `blocks`, except on a blank disc. */
  readonly capacity: number;
  readonly layers: 1 | 2;
  /** Last LBA of layer 0 on a disc of two layers, which are read on an opposite track path. */
  readonly layerBreak?: number;
  readonly copyright: Copyright;
  /** What is scrambled; nothing, unless the disc is protected by CSS and says so here. */
  readonly titleKeys?: readonly TitleKey[];
  /** The 2048 bytes of the disc key block, handed out as they are. */
  readonly discKey?: Uint8Array;
  /** What the application on the disc is; what is protected by CSS is video, by CPPM audio. */
  readonly volume: "data" | "video" | "audio";
  /** The burst cutting area, 12 to 188 bytes, if the disc has one. */
  readonly burstCuttingArea?: Uint8Array;
  /** The manufacturer's 2048 bytes of the lead-in; what is missing is zero. */
  readonly manufacturer: Uint8Array;
  /**
   * `count` blocks from `lba` on, both within `blocks`. The drive only reads what it gets, so a
   * disc may hand out its own memory. A throw or a rejection is a medium error to the host.
   */
  read(lba: number, count: number): Uint8Array | Promise<Uint8Array>;
}

export interface DiscOptions {
  /** Default `"dvd-rom"`, at any size. */
  readonly media?: "cd-rom" | "dvd-rom";
  /** Last LBA of layer 0; given or not, a disc over 4.7 GB has two layers. */
  readonly layerBreak?: number;
  /** Default: unprotected. */
  readonly copyright?: Copyright;
  /** Only on a disc that is protected by CSS; the runs may not overlap. */
  readonly titleKeys?: readonly TitleKey[];
  /** 2048 bytes, only on a disc that is protected by CSS. */
  readonly discKey?: Uint8Array;
  readonly volume?: Disc["volume"];
  readonly burstCuttingArea?: Uint8Array;
  readonly manufacturer?: Uint8Array;
}

/** A disc whose blocks are the bytes of an image in memory. The bytes are not copied. */
export function discFromBytes(image: Uint8Array, options: DiscOptions = {}): Disc {
  return generatedDisc(
    wholeBlocks(image.length, "The image"),
    (lba, count) => image.subarray(lba * BLOCK_BYTES, (lba + count) * BLOCK_BYTES),
    options,
  );
}

/** A disc whose image is a Blob or a File, read piece by piece as the drive is. */
export function discFromBlob(image: Blob, options: DiscOptions = {}): Disc {
  return generatedDisc(
    wholeBlocks(image.size, "The blob"),
    async (lba, count) =>
      new Uint8Array(
        await image.slice(lba * BLOCK_BYTES, (lba + count) * BLOCK_BYTES).arrayBuffer(),
      ),
    options,
  );
}

/** A disc that costs no memory: `read` makes the blocks up when they are asked for. */
export function generatedDisc(blocks: number, read: Disc["read"], options: DiscOptions = {}): Disc {
  const { media = "dvd-rom", copyright = { protection: "none", regionMask: 0x00 } } = options;
  checkSize(blocks, media);
  checkOptions(options, copyright);
  checkKeys(options, copyright, blocks);
  return {
    media,
    blocks,
    capacity: blocks,
    ...layersOf(blocks, options.layerBreak),
    copyright,
    ...(options.titleKeys && { titleKeys: options.titleKeys }),
    ...(options.discKey && { discKey: options.discKey }),
    volume: options.volume ?? volumeOf(copyright),
    ...(options.burstCuttingArea && { burstCuttingArea: options.burstCuttingArea }),
    manufacturer: options.manufacturer ?? new Uint8Array(0),
    read,
  };
}

/** The title that a sector belongs to, if it is a protected one. */
export const titleAt = ({ titleKeys = [] }: Disc, lba: number): TitleKey | undefined =>
  titleKeys.find(({ firstLba, lastLba }) => firstLba <= lba && lba <= lastLba);

/** The first scrambled one of `count` sectors from `lba` on. */
export function firstScrambled(
  { titleKeys = [] }: Disc,
  lba: number,
  count: number,
): number | undefined {
  const scrambled = titleKeys
    .filter(({ lastLba }) => lastLba >= lba)
    .map(({ firstLba }) => Math.max(firstLba, lba));
  const first = Math.min(...scrambled);
  return first < lba + count ? first : undefined;
}

/** An unrecorded disc of one layer: a drive that only reads finds nothing on it. */
export function blankDisc(media: "dvd-r" | "dvd+r" = "dvd-r"): Disc {
  return {
    media,
    blocks: 0,
    capacity: media === "dvd-r" ? LAYER_BLOCKS : 2_295_104,
    layers: 1,
    copyright: { protection: "none", regionMask: 0x00 },
    volume: "data",
    manufacturer: new Uint8Array(0),
    read: () => new Uint8Array(0),
  };
}

/** The number of blocks in `size` bytes; refused when there is none, or a piece of one. */
export function wholeBlocks(size: number, what: string): number {
  if (size === 0) throw new DiscError("empty", `${what} is empty: a disc has at least one block.`);
  if (size % BLOCK_BYTES !== 0) {
    throw new DiscError(
      "not-whole-blocks",
      `${what} has ${size} bytes, which is no multiple of ${BLOCK_BYTES}: ` +
        "it is cut short or no disc image. Pad it with zeros if it is meant so.",
    );
  }
  return size / BLOCK_BYTES;
}

function checkSize(blocks: number, media: DiscMedia): void {
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new DiscError("empty", `A disc of ${blocks} blocks is no disc: give a whole number.`);
  }
  const most = media === "cd-rom" ? CD_BLOCKS : 2 * LAYER_BLOCKS;
  if (blocks > most) {
    throw new DiscError(
      "too-large",
      `${blocks} blocks do not fit on a ${media} (${most} at most): use a smaller image` +
        (media === "cd-rom" ? ', or media "dvd-rom".' : "."),
    );
  }
}

function checkOptions({ burstCuttingArea, manufacturer }: DiscOptions, copyright: Copyright): void {
  if (burstCuttingArea && (burstCuttingArea.length < 12 || burstCuttingArea.length > 188)) {
    throw new DiscError("bad-option", "A burst cutting area has 12 to 188 bytes.");
  }
  if (manufacturer && manufacturer.length > BLOCK_BYTES) {
    throw new DiscError("bad-option", `The manufacturer's bytes are ${BLOCK_BYTES} at most.`);
  }
  if (copyright.regionMask < 0x00 || copyright.regionMask > 0xff) {
    throw new DiscError("bad-option", "A region mask is one byte: 00h plays everywhere.");
  }
}

function checkKeys(
  { titleKeys = [], discKey }: DiscOptions,
  { protection }: Copyright,
  blocks: number,
): void {
  if (protection !== "css" && (discKey || titleKeys.length > 0)) {
    throw new DiscError("bad-option", 'Only a disc whose protection is "css" has keys.');
  }
  if (discKey && discKey.length !== BLOCK_BYTES) {
    throw new DiscError("bad-option", `A disc key block has ${BLOCK_BYTES} bytes.`);
  }
  let free = 0;
  for (const { firstLba, lastLba, key } of [...titleKeys].sort((a, b) => a.firstLba - b.firstLba)) {
    if (key.length !== TITLE_KEY_BYTES) {
      throw new DiscError("bad-option", `A title key has ${TITLE_KEY_BYTES} bytes.`);
    }
    const areLbas = Number.isInteger(firstLba) && Number.isInteger(lastLba);
    if (!areLbas || firstLba < free || lastLba < firstLba || lastLba >= blocks) {
      throw new DiscError(
        "bad-option",
        `A title from LBA ${firstLba} to ${lastLba} does not suit a disc of ${blocks} blocks, ` +
          "or overlaps the title before it.",
      );
    }
    free = lastLba + 1;
  }
}

function layersOf(blocks: number, layerBreak?: number): Pick<Disc, "layers" | "layerBreak"> {
  if (blocks <= LAYER_BLOCKS && layerBreak === undefined) return { layers: 1 };
  const last = layerBreak ?? halfInWholeEccBlocks(blocks) - 1;
  // On an opposite track path, layer 1 ends where layer 0 began: it cannot be the longer one.
  const layer0 = last + 1;
  if (!Number.isInteger(last) || layer0 >= blocks || layer0 < blocks - layer0) {
    throw new DiscError(
      "bad-option",
      `A layer break at LBA ${last} does not suit ${blocks} blocks: layer 0 holds half of them or more.`,
    );
  }
  return { layers: 2, layerBreak: last };
}

/** An error correction block of a DVD spans 16 sectors; the layers part at its edge. */
const halfInWholeEccBlocks = (blocks: number) => Math.ceil(blocks / 32) * 16;

const volumeOf = ({ protection }: Copyright) =>
  protection === "css" ? "video" : protection === "cppm" ? "audio" : "data";
