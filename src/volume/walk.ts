import { isSenseError } from "../scsi/sense-error.js";
import type { Volume, VolumeEntry } from "./entry.js";
import { damaged, VolumeError } from "./errors.js";

/** No tree is deeper. */
const deepest = 128;

/** An entry and the names that lead to it, without those of the root. */
export interface FoundEntry {
  readonly path: readonly string[];
  readonly entry: VolumeEntry;
}

/**
 * The entry at a path, whose parts are parted by slashes; the root for an empty one. Where no name is
 * the same, one that differs in the case of its letters will do. Throws `VolumeError`.
 */
export async function findEntry(volume: Volume, path: string): Promise<FoundEntry> {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  let entry = volume.root;
  const found: string[] = [];
  for (const name of names) {
    if (entry.kind !== "directory") {
      throw new VolumeError("NOT_A_DIRECTORY", `/${found.join("/")} is no directory.`);
    }
    const entries = await volume.list(entry);
    const next =
      entries.find((candidate) => candidate.name === name) ??
      entries.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (next === undefined) {
      throw new VolumeError(
        "NO_SUCH_ENTRY",
        `There is no ${name} in /${found.join("/")}. Look at what there is in it.`,
      );
    }
    entry = next;
    found.push(next.name);
  }
  return { path: found, entry };
}

/** An entry, or what is wrong with the directory that was found before. */
export type WalkStep = FoundEntry & { readonly problem?: Error };

/**
 * An entry and all below it, directories before what is in them. A directory that cannot be listed, or
 * that was met before, is followed by a step with the problem, and left out.
 */
export function walk(volume: Volume, start: FoundEntry): AsyncGenerator<WalkStep> {
  return below(volume, start, new Set());
}

async function* below(
  volume: Volume,
  { path, entry }: FoundEntry,
  met: Set<number>,
): AsyncGenerator<WalkStep> {
  yield { path, entry };
  if (entry.kind !== "directory") return;
  const entries = await listOrProblem(volume, path, entry, met);
  if (entries instanceof Error) {
    yield { path, entry, problem: entries };
    return;
  }
  for (const inside of entries) {
    yield* below(volume, { path: [...path, inside.name], entry: inside }, met);
  }
}

async function listOrProblem(
  volume: Volume,
  path: readonly string[],
  entry: VolumeEntry,
  met: Set<number>,
): Promise<readonly VolumeEntry[] | Error> {
  const name = `The directory /${path.join("/")}`;
  // No directory is in two places; one that seems to be may be in itself.
  if (met.has(entry.lba)) return damaged(name, "is in two places at once");
  met.add(entry.lba);
  if (path.length > deepest) return damaged(name, `is more than ${deepest} deep`);
  try {
    return await volume.list(entry);
  } catch (error) {
    const isLocal = error instanceof VolumeError || isSenseError(error, "mediumError");
    if (isLocal) return error;
    throw error;
  }
}
