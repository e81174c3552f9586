import type { OpticalDrive } from "../drive/optical-drive.js";
import { opticalBlockLength as blockBytes } from "../scsi/read.js";
import { ImagingError } from "./errors.js";
import { filledSector } from "./fill.js";
import { ImageHashes, type HashName, type Hashes } from "./image-hashes.js";
import { ImageStore } from "./image-store.js";
import type { MapFile } from "./map-file.js";
import { missingParts, summaryOf, type MissingPart, type RescueSummary } from "./missing-parts.js";
import { Rescue, type RescueOptions } from "./rescue.js";
import type { RescueMap } from "./rescue-map.js";
import { mapPath } from "./saved-map.js";
import { refuseAnotherDisc } from "./same-disc.js";
import type { ByteRange } from "./wanted-part.js";
import { SpeedCurve, type SpeedSample } from "./speed-curve.js";
import type { FileSystem } from "./file-system.js";

export interface RescueDiscOptions extends Omit<RescueOptions, "beforeRetries"> {
  /** How many blocks the disc has. */
  readonly blocks: number;
  /** Bytes a second at which bad sectors are tried again; as fast as the rest by default. */
  readonly retrySpeed?: number;
  /**
   * What is written again and again where nothing could be read, beginning anew in every sector. By
   * default nothing is: there are zeros, which take no room on most file systems.
   */
  readonly fill?: Uint8Array;
  /** Begins anew where there is an image. */
  readonly overwrite?: boolean;
  /** By default SHA-256. */
  readonly hashes?: readonly HashName[];
  /** What the map says it was made by. */
  readonly creator?: string;
  /** Milliseconds of work that a crash may cost; 10 s by default. */
  readonly saveIntervalMs?: number;
  /** Called before the first read, and after every change. */
  readonly onProgress?: (progress: RescueProgress) => void;
  /** Where the files are; on disk, by default. */
  readonly files?: FileSystem;
}

export interface RescueProgress {
  /** What is wanted, and what is known of it; the rest of the disc is as if it were rescued. */
  readonly map: RescueMap;
  /** Where the rescue is, and in which pass. */
  readonly state: MapFile;
}

export interface RescueResult {
  /** Of the image. */
  readonly bytes: number;
  /** Bytes of what was wanted that are not in the image. */
  readonly missingBytes: number;
  /** Of those, bytes in and around sectors that the drive keeps from a host without authentication. */
  readonly protectedBytes: number;
  /** Whether `maxTimeMs` has ended it. */
  readonly timeIsUp: boolean;
  readonly summary: RescueSummary;
  /** Whether a rescue that was begun before went on. */
  readonly wasResumed: boolean;
  /** Of the whole image, as it is on disk. */
  readonly hashes: Hashes;
  /** How fast it was, by the place on the disc. */
  readonly speeds: readonly SpeedSample[];
  /** The parts that are missing, in blocks, `endLba` exclusive. */
  readonly missing: readonly MissingPart[];
  /** Where the map is. */
  readonly mapPath: string;
}

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
  const { ranges, overwrite = false, creator = "usb-dvd", onProgress, fill } = options;
  const hashes = new ImageHashes(options.hashes ?? ["sha256"]);
  const curve = new SpeedCurve(size);
  await using store = await ImageStore.open(path, {
    ...{ size, overwrite, creator, hashes },
    ...(ranges && { imageBytes: Math.max(0, ...ranges.map(({ end }) => end)) }),
    ...(options.saveIntervalMs !== undefined && { saveIntervalMs: options.saveIntervalMs }),
    ...(options.files && { files: options.files }),
  });
  const ending = new DiscChange(drive, path, options.signal);
  let lastAt = performance.now();
  const rescue = new Rescue(
    drive,
    {
      async write(position, data) {
        const now = performance.now();
        curve.add(position, data.length, now - lastAt);
        lastAt = now;
        await store.write(position, data);
      },
      async note(state) {
        onProgress?.({ map: rescue.map, state });
        await store.note(state);
      },
    },
    store.map,
    {
      ...options,
      signal: ending.signal,
      async beforeRetries() {
        if (options.retrySpeed !== undefined) await drive.setReadSpeed(options.retrySpeed);
      },
    },
  );
  try {
    if (store.isResumed) await refuseAnotherDisc(drive, store, ending.signal);
    onProgress?.({ map: rescue.map, state: rescue.state });
    const { protectedBytes, timeIsUp } = await rescue.run();
    const { map } = rescue;
    if (fill) await fillGaps(store, map, ranges ?? [{ start: 0, end: size }], fill);
    await store.save();
    return {
      bytes: await store.length(),
      missingBytes: size - map.summary("+").bytes,
      protectedBytes,
      timeIsUp,
      summary: summaryOf(map),
      missing: missingParts(map),
      wasResumed: store.isResumed,
      hashes: await finalHashes(store, hashes),
      speeds: curve.samples,
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

/** Writes the pattern in every sector of the ranges that could not be read. */
async function fillGaps(
  store: ImageStore,
  map: RescueMap,
  ranges: readonly ByteRange[],
  pattern: Uint8Array,
): Promise<void> {
  const sector = filledSector(pattern);
  for (const { start, end, status } of map.extents) {
    if (status === "+") continue;
    for (const range of ranges) {
      const until = Math.min(end, range.end);
      for (let at = Math.max(start, range.start); at < until; at += blockBytes) {
        await store.write(at, sector);
      }
    }
  }
}

/** Those taken on the way, or where it was not straight, those of the image as it is now. */
async function finalHashes(store: ImageStore, taken: ImageHashes): Promise<Hashes> {
  const length = await store.length();
  if (taken.hashedUpTo === length) return taken.digest();
  const hashes = new ImageHashes(taken.names);
  const pieceBytes = 1024 * 1024;
  for (let position = 0; position < length; position += pieceBytes) {
    hashes.update(position, await store.read(position, Math.min(pieceBytes, length - position)));
  }
  return hashes.digest();
}
