import type { OpticalDrive } from "../drive/optical-drive.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { ImagingError } from "./errors.js";
import { ImageHashes, type HashName, type Hashes } from "./image-hashes.js";
import { ImageStore, mapPath } from "./image-store.js";
import { Rescue, type RescueOptions } from "./rescue.js";
import { blockStatuses, type RescueMap, type StatusSummary } from "./rescue-map.js";

export interface RescueDiscOptions extends RescueOptions {
  /** How many blocks the disc has. */
  readonly blocks: number;
  /** Begins anew where there is an image. */
  readonly overwrite?: boolean;
  /** By default SHA-256. */
  readonly hashes?: readonly HashName[];
  /** What the map says it was made by. */
  readonly creator?: string;
  /** Milliseconds of work that a crash may cost; 10 s by default. */
  readonly saveIntervalMs?: number;
  /** Called after every change with the map as it is then. */
  readonly onProgress?: (map: RescueMap) => void;
}

export type RescueSummary = Readonly<Record<keyof typeof blockStatuses, StatusSummary>>;

export interface RescueResult {
  readonly bytes: number;
  /** Bytes that are not in the image, which has zeros in their place. */
  readonly missingBytes: number;
  /** Of those, bytes in and around sectors that the drive keeps from a host without authentication. */
  readonly protectedBytes: number;
  readonly summary: RescueSummary;
  /** Whether a rescue that was begun before went on. */
  readonly wasResumed: boolean;
  /** Of the whole image, zeros included. */
  readonly hashes: Hashes;
  /** Where the map is. */
  readonly mapPath: string;
}

/** How much of an image is compared with the disc before a rescue goes on, in blocks a place. */
const comparedBlocks = 16;

/**
 * Copies a disc to a file, with a map beside it in GNU ddrescue's format, by which the same call goes
 * on after whatever has ended it. Bad sectors end nothing: what could not be read is in the result.
 *
 * Throws `ImagingError`; `UsbDisconnectedError`, the signal's reason and what else ends a rescue, with
 * all that was rescued until then kept.
 */
export async function rescueDisc(
  drive: OpticalDrive,
  path: string,
  options: RescueDiscOptions,
): Promise<RescueResult> {
  const size = options.blocks * blockBytes;
  const { overwrite = false, creator = "usb-dvd", saveIntervalMs, onProgress } = options;
  const hashes = new ImageHashes(options.hashes ?? ["sha256"]);
  await using store = await ImageStore.open(path, {
    ...{ size, overwrite, creator, hashes },
    ...(saveIntervalMs !== undefined && { saveIntervalMs }),
  });
  const ending = new DiscChange(drive, path, options.signal);
  const rescue = new Rescue(
    drive,
    {
      write: (position, data) => store.write(position, data),
      async note(state) {
        onProgress?.(state.map);
        await store.note(state);
      },
    },
    store.map,
    { ...options, signal: ending.signal },
  );
  try {
    if (store.isResumed) await refuseAnotherDisc(drive, store, ending.signal);
    const { protectedBytes } = await rescue.run();
    await store.save();
    const { map } = rescue;
    const rescued = map.summary("+").bytes;
    return {
      bytes: size,
      missingBytes: size - rescued,
      protectedBytes,
      summary: summaryOf(map),
      wasResumed: store.isResumed,
      hashes: await finalHashes(store, hashes, size),
      mapPath: mapPath(path),
    };
  } catch (error) {
    // What ended the rescue is what is to be told, also where the map cannot be saved any more.
    await store.save().catch(() => undefined);
    throw error;
  } finally {
    ending.stop();
  }
}

/** Ends a rescue when the disc may have been exchanged, or with the caller's signal. */
class DiscChange {
  readonly #controller = new AbortController();
  readonly #drive: OpticalDrive;
  readonly #outer: AbortSignal | undefined;
  readonly #changed: () => void;
  readonly #aborted = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(drive: OpticalDrive, path: string, outer: AbortSignal | undefined) {
    this.#drive = drive;
    this.#outer = outer;
    this.#changed = () =>
      this.#controller.abort(
        new ImagingError(
          "DISC_CHANGED",
          path,
          "The disc may have been exchanged. Insert the one that was begun with, and run this again.",
        ),
      );
    drive.on("mediumMayHaveChanged", this.#changed);
    outer?.addEventListener("abort", this.#aborted, { once: true });
    if (outer?.aborted === true) this.#aborted();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    this.#drive.off("mediumMayHaveChanged", this.#changed);
    this.#outer?.removeEventListener("abort", this.#aborted);
  }
}

/** Compares the first and the last of what is rescued with the disc. */
async function refuseAnotherDisc(
  drive: OpticalDrive,
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
    let position = start;
    const range = { lba: start / blockBytes, blocks: (end - start) / blockBytes, signal };
    for await (const chunk of drive.read(range)) {
      const kept = await store.read(position, chunk.length);
      if (!sameBytes(kept, chunk)) {
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
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function summaryOf(map: RescueMap): RescueSummary {
  const names = Object.keys(blockStatuses) as (keyof typeof blockStatuses)[];
  return Object.fromEntries(
    names.map((name) => [name, map.summary(blockStatuses[name])]),
  ) as RescueSummary;
}

/** Those taken on the way, or where it was not straight, those of the image as it is now. */
async function finalHashes(store: ImageStore, taken: ImageHashes, size: number): Promise<Hashes> {
  if (taken.hashedUpTo === size) return taken.digest();
  const hashes = new ImageHashes(taken.names);
  const pieceBytes = 1024 * 1024;
  for (let position = 0; position < size; position += pieceBytes) {
    hashes.update(position, await store.read(position, Math.min(pieceBytes, size - position)));
  }
  return hashes.digest();
}
