import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { ImagingError } from "./errors.js";
import type { ImageStore } from "./image-store.js";
import { classifyReadFailure } from "./read-failure.js";
import type { RescueSource } from "./rescue.js";

/** How much of an image is compared with the disc before a rescue goes on, in blocks a place. */
const comparedBlocks = 16;

/**
 * Compares the first and the last of what is rescued with the disc. Throws `ImagingError` where they
 * differ; a sector that was read once and cannot be read any more proves nothing.
 */
export async function refuseAnotherDisc(
  drive: RescueSource,
  store: ImageStore,
  signal: AbortSignal,
): Promise<void> {
  const first = store.map.next("+");
  const last = store.map.previous("+");
  if (first === undefined || last === undefined) return;
  const longest = comparedBlocks * blockBytes;
  const places = [
    [first.start, Math.min(first.end, first.start + longest)],
    [Math.max(last.start, last.end - longest), last.end],
  ] as const;
  for (const [start, end] of places) {
    try {
      await compare(drive, store, start, end, signal);
    } catch (error) {
      if (signal.aborted || classifyReadFailure(error) === "stop") throw error;
    }
  }
}

async function compare(
  drive: RescueSource,
  store: ImageStore,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  let position = start;
  const range = { lba: start / blockBytes, blocks: (end - start) / blockBytes, signal };
  for await (const chunk of drive.read(range)) {
    const kept = await store.read(position, chunk.length);
    const isSame = kept.length === chunk.length && kept.every((byte, at) => byte === chunk[at]);
    if (!isSame) {
      throw new ImagingError(
        "MAP_OF_ANOTHER_DISC",
        store.path,
        `${store.path} is of another disc: at byte ${position} it differs from this one. Insert ` +
          `that disc, or write to another file.`,
      );
    }
    position += chunk.length;
  }
}
