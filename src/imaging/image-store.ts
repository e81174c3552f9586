import { ImagingError } from "./errors.js";
import { nodeFileSystem, type FileSystem, type OpenFile } from "./file-system.js";
import type { ImageHashes } from "./image-hashes.js";
import type { MapFile } from "./map-file.js";
import { outputFailure } from "./output-failure.js";
import type { RescueSink } from "./rescue.js";
import { RescueMap } from "./rescue-map.js";
import { loadMap, mapPath, saveMap } from "./saved-map.js";

export interface StoreOptions {
  /** Bytes that the disc has. */
  readonly size: number;
  /** Bytes that the image will have at least; those of the disc by default. */
  readonly imageBytes?: number;
  /** Begins anew where there is an image; without it, an image without a map is refused. */
  readonly overwrite?: boolean;
  /** What the map says it was made by. */
  readonly creator: string;
  readonly hashes: ImageHashes;
  /** Milliseconds of work that a crash may cost; 10 s by default. */
  readonly saveIntervalMs?: number;
  readonly files?: FileSystem;
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
  readonly #file: OpenFile;
  readonly #files: FileSystem;
  readonly #options: StoreOptions;
  #state: MapFile | undefined;
  #savedAt = performance.now();

  /**
   * Opens the image and its map, or makes them. Throws `ImagingError`: `OUTPUT_EXISTS`,
   * `OUTPUT_NOT_WRITABLE`, `OUTPUT_FULL`, `MAP_UNREADABLE`, `MAP_OF_ANOTHER_DISC` where the sizes
   * differ, `IMAGE_TOO_SHORT` where the image does not hold what the map says it does.
   */
  static async open(path: string, options: StoreOptions): Promise<ImageStore> {
    const { size, overwrite = false, files = nodeFileSystem } = options;
    const found = overwrite ? undefined : await loadMap(files, path);
    if (found !== undefined && found.size !== size) {
      throw new ImagingError(
        "MAP_OF_ANOTHER_DISC",
        path,
        `${mapPath(path)} is of a disc of ${found.size} bytes, and this one has ${size}. Insert that ` +
          `disc, or write to another file.`,
      );
    }
    if (!found) {
      if (!overwrite) await refuseExisting(files, path);
      // Before the image: one without a map could not be gone on with.
      await saveMap(files, path, emptyMapFile(size), options.creator);
    }
    const file = await openImage(files, path, found);
    try {
      await prepare(file, path, found, options.imageBytes ?? size);
      return new ImageStore(path, file, found, options);
    } catch (error) {
      await file.close();
      throw error instanceof ImagingError ? error : outputFailure(path, error);
    }
  }

  private constructor(
    path: string,
    file: OpenFile,
    found: RescueMap | undefined,
    options: StoreOptions,
  ) {
    this.path = path;
    this.map = found ?? new RescueMap(options.size);
    this.isResumed = found !== undefined;
    this.#file = file;
    this.#files = options.files ?? nodeFileSystem;
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

  /** Bytes that the image has by now; of a device, those that it was to get. */
  async length(): Promise<number> {
    const found = await this.#file.stat();
    return found.isFile() ? found.size : (this.#options.imageBytes ?? this.#options.size);
  }

  /** Puts the image on the disk, and then the map. */
  async save(): Promise<void> {
    const state = this.#state;
    this.#savedAt = performance.now();
    if (state === undefined) return;
    // Taken now: it may be told of more by the time the image is on the disk.
    const taken = { ...state, map: state.map.copy() };
    try {
      await this.#file.datasync();
    } catch (error) {
      // What has nothing to put on a disk, such as /dev/null, says so.
      if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw outputFailure(this.path, error);
    }
    await saveMap(this.#files, this.path, taken, this.#options.creator);
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

async function refuseExisting(files: FileSystem, path: string): Promise<void> {
  if (!(await files.exists(path))) return;
  throw new ImagingError(
    "OUTPUT_EXISTS",
    path,
    `${path} exists, without a map to go on by. Choose another name, or allow it to be replaced.`,
  );
}

/** Opens the image that a map is of; without a map, an empty one. */
async function openImage(
  files: FileSystem,
  path: string,
  found: RescueMap | undefined,
): Promise<OpenFile> {
  try {
    return await files.open(path, found ? "r+" : "w+");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!found || !isMissing) throw outputFailure(path, error);
    // The power may have failed between the map and the image.
    if (found.next("+") === undefined) return openImage(files, path, undefined);
    throw tooShort(path, 0, error);
  }
}

/** Makes an image long enough, with holes for what is not yet read; a device has its length. */
async function prepare(
  file: OpenFile,
  path: string,
  map: RescueMap | undefined,
  imageBytes: number,
): Promise<void> {
  const found = await file.stat();
  const rescued = map?.previous("+")?.end ?? 0;
  if (!found.isFile()) return;
  if (found.size < rescued) throw tooShort(path, found.size);
  if (found.size < imageBytes) await file.truncate(imageBytes);
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

const emptyMapFile = (size: number): MapFile => ({
  map: new RescueMap(size),
  position: 0,
  status: "?",
  pass: 1,
});
