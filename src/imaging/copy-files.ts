import { lstat, mkdir, open, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";

import {
  readContent,
  VolumeError,
  walk,
  type BlockSource,
  type FoundEntry,
} from "../volume/index.js";
import type { Volume, VolumeEntry } from "../volume/index.js";
import { ImagingError } from "./errors.js";
import { outputFailure } from "./output-failure.js";
import { classifyReadFailure } from "./read-failure.js";
import { FolderNames } from "./safe-name.js";

export interface CopyFilesOptions {
  /** Replaces files that exist; without it they are left as they are, and told of. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** Called with each piece's length, once it is written. */
  readonly onProgress?: (bytes: number) => void;
}

/** What was not copied, and why. */
export interface LeftOut {
  /** On the disc, as it has it. */
  readonly path: string;
  readonly reason: Error;
}

export interface CopyFilesResult {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly leftOut: readonly LeftOut[];
  /** Links, and what is neither a file nor a directory: they are never copied. */
  readonly links: readonly string[];
}

/**
 * Copies a file, or a directory and all in it, to a folder, which is made where it is missing. No name
 * on the disc leads out of that folder. What cannot be read is told of and left out, with what was
 * read of it in `<name>.part`. Links are not copied, since they could lead anywhere.
 *
 * Throws `ImagingError` where nothing can be written, and what ends all reading.
 */
export async function copyFiles(
  source: BlockSource,
  volume: Volume,
  start: FoundEntry,
  folder: string,
  options: CopyFilesOptions = {},
): Promise<CopyFilesResult> {
  const copy = new FileCopy(source, folder, start, options);
  await makeFolder(folder);
  for await (const { path, entry, problem } of walk(volume, start)) {
    options.signal?.throwIfAborted();
    if (problem) copy.leaveOut(path, problem);
    else await copy.add(path, entry);
  }
  return copy.result;
}

/** Where the entries of a directory on the disc go. */
interface Place {
  readonly path: string;
  readonly names: FolderNames;
}

class FileCopy {
  readonly #source: BlockSource;
  readonly #folder: string;
  readonly #depth: number;
  readonly #options: CopyFilesOptions;
  readonly #places = new Map<string, Place>();
  readonly #leftOut: LeftOut[] = [];
  readonly #links: string[] = [];
  #files = 0;
  #directories = 0;
  #bytes = 0;

  constructor(source: BlockSource, folder: string, start: FoundEntry, options: CopyFilesOptions) {
    this.#source = source;
    this.#folder = folder;
    this.#depth = start.path.length;
    this.#options = options;
  }

  get result(): CopyFilesResult {
    return {
      files: this.#files,
      directories: this.#directories,
      bytes: this.#bytes,
      leftOut: this.#leftOut,
      links: this.#links,
    };
  }

  leaveOut(path: readonly string[], reason: Error): void {
    this.#leftOut.push({ path: `/${path.join("/")}`, reason });
  }

  async add(path: readonly string[], entry: VolumeEntry): Promise<void> {
    const isRoot = path.length === 0;
    const parent = this.#placeAbove(path);
    if (parent === undefined && !isRoot) return; // its directory was left out, and told of
    const target = parent ? join(parent.path, parent.names.take(entry.name)) : this.#folder;
    if (entry.kind === "directory") {
      try {
        if (!isRoot) await makeFolder(target);
      } catch (error) {
        if (!(error instanceof ImagingError) || error.code !== "OUTPUT_EXISTS") throw error;
        this.leaveOut(path, error);
        return;
      }
      this.#places.set(keyOf(path), { path: target, names: new FolderNames() });
      this.#directories += isRoot ? 0 : 1;
    } else if (entry.kind === "file") await this.#copyFile(path, entry, target);
    else this.#links.push(`/${path.join("/")}`);
  }

  /** Where an entry goes; what the copy starts with, goes into the folder itself. */
  #placeAbove(path: readonly string[]): Place | undefined {
    if (path.length === 0) return undefined;
    if (path.length > this.#depth) return this.#places.get(keyOf(path.slice(0, -1)));
    return { path: this.#folder, names: new FolderNames() };
  }

  async #copyFile(path: readonly string[], entry: VolumeEntry, target: string): Promise<void> {
    try {
      if (this.#options.overwrite !== true) await refuseExisting(target);
      this.#bytes += await this.#write(entry, target);
      this.#files += 1;
    } catch (error) {
      const isLocal =
        error instanceof VolumeError ||
        (error instanceof ImagingError && error.code === "OUTPUT_EXISTS") ||
        classifyReadFailure(error) !== "stop";
      if (!isLocal) throw error;
      this.leaveOut(path, error as Error);
    }
  }

  /** Under another name until it is whole. */
  async #write(entry: VolumeEntry, target: string): Promise<number> {
    const { signal, onProgress } = this.#options;
    const part = `${target}.part`;
    let written = 0;
    try {
      await rm(part, { force: true });
      // What is there already, if only a link to somewhere, is never written to.
      await using file = await open(part, "wx");
      for await (const chunk of guarded(readContent(this.#source, entry, signal))) {
        await file.writeFile(chunk);
        written += chunk.length;
        onProgress?.(chunk.length);
      }
    } catch (error) {
      throw error instanceof ReadFailure ? error.cause : outputFailure(target, error);
    }
    try {
      if (entry.modified) await utimes(part, entry.modified, entry.modified);
      await rename(part, target);
    } catch (error) {
      throw outputFailure(target, error);
    }
    return written;
  }
}

/** The same for no two paths, whatever the names in them. */
const keyOf = (path: readonly string[]): string => JSON.stringify(path);

/** Told apart from what writing throws; never seen outside. */
class ReadFailure extends Error {}

async function* guarded(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw new ReadFailure("Reading has failed.", { cause: error });
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** Makes a folder; one that is there will do, but no link to one. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    if ((await lstat(path)).isDirectory()) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw outputFailure(path, error);
  }
  throw new ImagingError(
    "OUTPUT_EXISTS",
    path,
    `${path} exists and is no folder. Choose another one, or remove it.`,
  );
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw outputFailure(path, error);
  });
  if (found === undefined) return;
  throw new ImagingError(
    "OUTPUT_EXISTS",
    path,
    `${path} exists. Choose another folder, or allow it to be replaced.`,
  );
}
