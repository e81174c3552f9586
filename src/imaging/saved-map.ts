import { dirname } from "node:path";

import type { FileSystem } from "./file-system.js";
import { formatMapFile, parseMapFile, type MapFile } from "./map-file.js";
import { outputFailure } from "./output-failure.js";
import type { RescueMap } from "./rescue-map.js";

/** Where the map of an image is. */
export const mapPath = (path: string): string => `${path}.map`;

/** The map beside an image; undefined where there is none. Throws `ImagingError`. */
export async function loadMap(files: FileSystem, path: string): Promise<RescueMap | undefined> {
  let text: string;
  try {
    text = await files.readText(mapPath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw outputFailure(mapPath(path), error);
  }
  return parseMapFile(text, mapPath(path)).map;
}

/** Puts a map in the place of the one before, all of it or nothing. */
export async function saveMap(
  files: FileSystem,
  path: string,
  state: MapFile,
  creator: string,
): Promise<void> {
  await replaceFile(files, mapPath(path), formatMapFile(state, creator));
}

/** Puts a text in the place of a file, all of it or nothing, whenever the power fails. */
export async function replaceFile(files: FileSystem, target: string, text: string): Promise<void> {
  try {
    await writeWhole(files, `${target}.new`, new TextEncoder().encode(text));
    await files.rename(`${target}.new`, target);
    await files.syncFolder(dirname(target));
  } catch (error) {
    throw outputFailure(target, error);
  }
}

async function writeWhole(files: FileSystem, path: string, data: Uint8Array): Promise<void> {
  const file = await files.open(path, "w");
  try {
    for (let written = 0; written < data.length;) {
      const { bytesWritten } = await file.write(data, written, data.length - written, written);
      written += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
