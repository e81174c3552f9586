import { access, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { ImagingError } from "./errors.js";
import type { ImageHashes } from "./image-hashes.js";
import { formatMapFile, parseMapFile, type MapFile } from "./map-file.js";
import { outputFailure } from "./output-failure.js";
import type { RescueSink } from "./rescue.js";
import { RescueMap } from "./rescue-map.js";

export interface StoreOptions {
  /** Bytes that the image will have. */
  readonly size: number;
  /** Begins anew where there is an image; without it, an image without a map is refused. */
  readonly overwrite?: boolean;
  /** What the map says it was made by. */
  readonly creator: string;
  readonly hashes: ImageHashes;
  /** Milliseconds of work that a crash may cost; 10 s by default. */
  readonly saveIntervalMs?: number;
}

/**
 * An image and its map, `<path>.map`, on disk. What the map says is rescued is in the image, whenever
 * the power fails: the image is on the disk before the map that tells of it takes the old one's place.
 */
export class ImageStore implements RescueSink, AsyncDisposable {
  readonly path: string;
  /** The map as it was found; an empty one for a new image. */
  readonly map: RescueMap;
  /** Whether a rescue that was begun before goes on. */
  readonly isResumed: boolean;
  readonly #file: FileHandle;
  readonly #options: StoreOptions;
  #state: MapFile | undefined;
  #savedAt = performance.now();

  /**
   * Opens the image and its map, or makes them. Throws `ImagingError`: `OUTPUT_EXISTS`,
   * `OUTPUT_NOT_WRITABLE`, `OUTPUT_FULL`, `MAP_UNREADABLE`, `MAP_OF_ANOTHER_DISC` where the sizes
   * differ, `IMAGE_TOO_SHORT` where the image does not hold what the map says it does.
   */
  static async open(path: string, options: StoreOptions): Promise<ImageStore> {
    const { size, overwrite = false } = options;
    const found = overwrite ? undefined : await findMap(path);
    if (found !== undefined && found.size !== size) {
      throw new ImagingError(
        "MAP_OF_ANOTHER_DISC",
        path,
        `${mapPath(path)} is of a disc of ${found.size} bytes, and this one has ${size}. Insert that ` +
          `disc, or write to another file.`,
      );
    }
    if (!found) {
      if (!overwrite) await refuseExisting(path);
      // Before the image: one without a map could not be gone on with.
      await saveMap(path, formatMapFile(emptyMapFile(size), options.creator));
    }
    const file = await openImage(path, found);
    try {
      if (found) await refuseShortImage(file, path, found);
      else if ((await file.stat()).isFile()) await file.truncate(size);
      return new ImageStore(path, file, found, options);
    } catch (error) {
      await file.close();
      throw error instanceof ImagingError ? error : outputFailure(path, error);
    }
  }

  private constructor(
    path: string,
    file: FileHandle,
    found: RescueMap | undefined,
    options: StoreOptions,
  ) {
    this.path = path;
    this.map = found ?? new RescueMap(options.size);
    this.isResumed = found !== undefined;
    this.#file = file;
    this.#options = options;
  }

  async write(position: number, data: Uint8Array): Promise<void> {
    const writing = this.#write(position, data);
    this.#options.hashes.update(position, data);
    await writing;
  }

  async note(state: MapFile): Promise<void> {
    this.#state = state;
    const { saveIntervalMs = 10_000 } = this.#options;
    if (performance.now() - this.#savedAt >= saveIntervalMs) await this.save();
  }

  /** Reads bytes of the image. */
  async read(position: number, length: number): Promise<Uint8Array> {
    const data = new Uint8Array(length);
    const { bytesRead } = await this.#file.read(data, 0, length, position);
    return data.subarray(0, bytesRead);
  }

  /** Puts the image on the disk, and then the map. */
  async save(): Promise<void> {
    const state = this.#state;
    this.#savedAt = performance.now();
    if (state === undefined) return;
    // Taken now: it may be told of more by the time the image is on the disk.
    const text = formatMapFile(state, this.#options.creator);
    try {
      await this.#file.datasync();
    } catch (error) {
      throw outputFailure(this.path, error);
    }
    await saveMap(this.path, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #write(position: number, data: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < data.length;) {
        const { bytesWritten } = await this.#file.write(
          data,
          written,
          data.length - written,
          position + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw outputFailure(this.path, error);
    }
  }
}

/** Where the map of an image is. */
export const mapPath = (path: string): string => `${path}.map`;

async function findMap(path: string): Promise<RescueMap | undefined> {
  let text: string;
  try {
    text = await readFile(mapPath(path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw outputFailure(mapPath(path), error);
  }
  return parseMapFile(text, mapPath(path)).map;
}

async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new ImagingError(
    "OUTPUT_EXISTS",
    path,
    `${path} exists, without a map to go on by. Choose another name, or allow it to be replaced.`,
  );
}

/** Opens the image that a map is of; without a map, an empty one. */
async function openImage(path: string, found: RescueMap | undefined): Promise<FileHandle> {
  try {
    return await open(path, found ? "r+" : "w+");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!found || !isMissing) throw outputFailure(path, error);
    // The power may have failed between the map and the image.
    if (found.next("+") === undefined) return openImage(path, undefined);
    throw tooShort(path, 0, error);
  }
}

async function refuseShortImage(file: FileHandle, path: string, map: RescueMap): Promise<void> {
  const { size } = await file.stat();
  const rescued = map.previous("+")?.end ?? 0;
  if (size < rescued) throw tooShort(path, size);
}

function tooShort(path: string, size: number, cause?: unknown): ImagingError {
  return new ImagingError(
    "IMAGE_TOO_SHORT",
    path,
    `${path} has ${size} bytes, and its map tells of more. Put the image back, or remove ` +
      `${mapPath(path)} to begin anew.`,
    cause === undefined ? {} : { cause },
  );
}

/** Puts a map in the place of the one before, all of it or nothing. */
async function saveMap(path: string, text: string): Promise<void> {
  const target = mapPath(path);
  try {
    await writeWhole(`${target}.new`, text);
    await rename(`${target}.new`, target);
    await syncFolder(dirname(target));
  } catch (error) {
    throw outputFailure(target, error);
  }
}

const emptyMapFile = (size: number): MapFile => ({
  map: new RescueMap(size),
  position: 0,
  status: "?",
  pass: 1,
});

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a folder's entries on the disk; Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
