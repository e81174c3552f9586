import { open, type FileHandle } from "node:fs/promises";
import { BLOCK_BYTES, generatedDisc, wholeBlocks, type Disc, type DiscOptions } from "./disc.js";

/** A disc whose image is a file, held open until it is closed. */
export interface IsoFileDisc extends Disc, AsyncDisposable {
  /** Closes the file; what is read afterwards is a medium error to the host. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a disc image, read-only.
 *
 * Throws `DiscError` when the file is empty or not a whole number of 2048-byte blocks, and the
 * file system's own error when it cannot be opened.
 */
export async function isoFileDisc(path: string, options: DiscOptions = {}): Promise<IsoFileDisc> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const blocks = wholeBlocks(size, path);
    const disc = generatedDisc(blocks, (lba, count) => readBlocks(file, lba, count), options);
    const close = () => file.close();
    return { ...disc, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** As many bytes as the file still has there; the drive makes a medium error of a short read. */
async function readBlocks(file: FileHandle, lba: number, count: number): Promise<Uint8Array> {
  const blocks = new Uint8Array(count * BLOCK_BYTES);
  let filled = 0;
  while (filled < blocks.length) {
    const position = lba * BLOCK_BYTES + filled;
    const { bytesRead } = await file.read(blocks, filled, blocks.length - filled, position);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return blocks.subarray(0, filled);
}
