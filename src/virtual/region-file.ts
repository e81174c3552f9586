import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { RegionFileError } from "./errors.js";
import type { RegionState } from "./region.js";

/** The options of a `VirtualDrive` by which its region outlives it. */
export interface RegionFileOptions {
  /** What the file holds; absent as long as there is no file. */
  readonly region?: RegionState;
  readonly onRegionChange: (state: RegionState) => void;
}

/**
 * A drive's region state, kept in a JSON file: `new VirtualDrive({ ...regionFile(path), disc })`.
 * A drive without a file yet is as from the factory, and its first change creates the file. A
 * change is on the file system before the drive takes it on, so that no change goes uncounted.
 *
 * Throws `RegionFileError` when the file holds something else, and the file system's own error
 * when it cannot be read.
 */
export function regionFile(path: string): RegionFileOptions {
  const region = readRegion(path);
  return {
    ...(region && { region }),
    onRegionChange: (state) => {
      // Renamed into place: a crash leaves the old state or the new one, never half of it.
      const scratch = `${path}.new`;
      writeFileSync(scratch, `${JSON.stringify(state, undefined, 2)}\n`);
      renameSync(scratch, path);
    },
  };
}

function readRegion(path: string): RegionState | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return parseRegion(text, path);
}

function parseRegion(text: string, path: string): RegionState {
  const what = `${path} holds no region state of a virtual drive: mend it, or delete it for a drive as from the factory.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RegionFileError(what, { cause });
  }
  if (!isRegionState(value)) throw new RegionFileError(what);
  const { scheme, type, vendorResets, userChanges, mask } = value;
  return { scheme, type, vendorResets, userChanges, mask };
}

function isRegionState(value: unknown): value is RegionState {
  if (typeof value !== "object" || value === null) return false;
  const state: Partial<Record<keyof RegionState, unknown>> = value;
  return (
    (state.scheme === "rpc1" || state.scheme === "rpc2") &&
    ["none", "set", "lastChance", "permanent"].some((type) => type === state.type) &&
    isWithin(state.vendorResets, 0x07) &&
    isWithin(state.userChanges, 0x07) &&
    isWithin(state.mask, 0xff)
  );
}

const isWithin = (value: unknown, most: number) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
