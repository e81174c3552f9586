import type { Medium } from "../drive/medium.js";
import type { OpticalDrive } from "../drive/optical-drive.js";
import type { ByteRange } from "../imaging/wanted-part.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { findEntry, openVolume, VolumeError, walk, type VolumeFormat } from "../volume/index.js";
import { UsageError } from "./errors.js";

export interface RangeOptions {
  /** The first block that is wanted. */
  readonly lba?: number;
  /** How many blocks are wanted. */
  readonly blocks?: number;
  /** Paths on the disc of which the blocks are wanted. */
  readonly file?: readonly string[];
  readonly fs?: VolumeFormat;
}

/**
 * The bytes of the disc that are wanted; undefined for all of them. Throws `UsageError` where they are
 * not on the disc, `VolumeError` where the files are not.
 */
export async function wantedRanges(
  drive: OpticalDrive,
  medium: Medium,
  options: RangeOptions,
  signal: AbortSignal,
): Promise<readonly ByteRange[] | undefined> {
  const { lba, blocks, file, fs } = options;
  if (file !== undefined) {
    if (lba !== undefined || blocks !== undefined) {
      throw new UsageError("Give either files or blocks: --file, or --lba and --blocks.");
    }
    return rangesOfFiles(drive, medium, file, { signal, ...(fs && { format: fs }) });
  }
  if (lba === undefined && blocks === undefined) return undefined;
  const first = lba ?? 0;
  const count = blocks ?? medium.blocks - first;
  if (count < 1 || first + count > medium.blocks) {
    throw new UsageError(
      `${count} blocks from ${first} on are not on the disc, which has ${medium.blocks}.`,
    );
  }
  return [{ start: first * blockBytes, end: (first + count) * blockBytes }];
}

async function rangesOfFiles(
  drive: OpticalDrive,
  { blocks }: Medium,
  paths: readonly string[],
  options: { readonly signal: AbortSignal; readonly format?: VolumeFormat },
): Promise<readonly ByteRange[]> {
  const volume = await openVolume(drive, { blocks, ...options });
  const ranges: ByteRange[] = [];
  for (const path of paths) {
    for await (const { entry, problem } of walk(volume, await findEntry(volume, path))) {
      if (problem) throw problem;
      if (entry.kind !== "file") continue;
      for (const piece of await entry.content()) {
        if (piece.kind !== "blocks" || piece.bytes === 0) continue;
        const end = piece.lba + Math.ceil(piece.bytes / blockBytes);
        ranges.push({ start: piece.lba * blockBytes, end: end * blockBytes });
      }
    }
  }
  if (ranges.length > 0) return ranges;
  throw new VolumeError("NOT_A_FILE", `There is nothing in ${paths.join(", ")} that has blocks.`);
}
