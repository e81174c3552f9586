import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import type { BlockSource } from "./block-source.js";
import type { VolumeEntry } from "./entry.js";
import { VolumeError } from "./errors.js";

/** How many bytes of zeros to hand out at once. */
const zeroBytes = 64 * 1024;

/**
 * A file's content in order; each chunk is only good until the next one is asked for. Throws
 * `VolumeError` where the entry is no file or makes no sense, and what reading throws.
 */
export async function* readContent(
  source: BlockSource,
  entry: VolumeEntry,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  if (entry.kind !== "file") {
    throw new VolumeError("NOT_A_FILE", `${entry.name || "/"} is a ${entry.kind}, not a file.`);
  }
  for (const piece of await entry.content()) {
    let left = piece.bytes;
    if (piece.kind === "inline") yield piece.data;
    if (piece.kind === "zeros") {
      for (; left > 0; left -= zeroBytes) yield new Uint8Array(Math.min(left, zeroBytes));
    }
    if (piece.kind === "blocks" && left > 0) {
      const blocks = Math.ceil(piece.bytes / blockBytes);
      const range = { lba: piece.lba, blocks, recycle: true, ...(signal && { signal }) };
      for await (const chunk of source.read(range)) {
        yield chunk.subarray(0, Math.min(left, chunk.length));
        left -= chunk.length;
      }
    }
  }
}
