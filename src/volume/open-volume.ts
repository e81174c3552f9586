import { BlockCache, type BlockSource } from "./block-source.js";
import type { Volume, VolumeFormat } from "./entry.js";
import { VolumeError } from "./errors.js";
import { findIso9660 } from "./iso9660.js";
import { findUdf } from "./udf.js";

export const volumeFormats: readonly VolumeFormat[] = ["udf", "rock-ridge", "joliet", "iso9660"];

export interface OpenVolumeOptions {
  /** How many blocks the disc has. */
  readonly blocks: number;
  /** Which of the disc's trees; by default the first that there is of UDF, Rock Ridge, Joliet, plain. */
  readonly format?: VolumeFormat;
  readonly signal?: AbortSignal;
}

/**
 * Finds the files on a disc; reads no more blocks than that takes. Throws `VolumeError` where there
 * are none, or none of the given format.
 */
export async function openVolume(
  source: BlockSource,
  { blocks, format, signal }: OpenVolumeOptions,
): Promise<Volume> {
  const cache = new BlockCache(source, blocks, signal);
  const wantsUdf = format === undefined || format === "udf";
  const udf = wantsUdf ? await udfOrProblem(cache) : undefined;
  const problem = udf instanceof VolumeError ? udf : undefined;
  const volumes = await findIso9660(cache);
  if (udf !== undefined && !(udf instanceof VolumeError)) volumes.unshift(udf);
  const found = volumeFormats
    .filter((wanted) => format === undefined || wanted === format)
    .map((wanted) => volumes.find((volume) => volume.format === wanted))
    .find((volume) => volume !== undefined);
  if (found) return found;
  if (problem !== undefined) throw problem;
  const others = volumes.map((volume) => volume.format).join(", ");
  throw new VolumeError(
    "NO_FILE_SYSTEM",
    volumes.length > 0
      ? `The disc has no file system of the format ${format ?? ""}. It has: ${others}.`
      : "The disc has no file system that is known here (UDF, ISO 9660). Read its blocks instead.",
  );
}

/** Another one of the disc's trees may be well where this one is not. */
async function udfOrProblem(cache: BlockCache): Promise<Volume | VolumeError | undefined> {
  try {
    return await findUdf(cache);
  } catch (error) {
    if (error instanceof VolumeError) return error;
    throw error;
  }
}
