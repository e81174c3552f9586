import type { OpticalDrive } from "../drive/optical-drive.js";
import { openVolume, type Volume, type VolumeFormat } from "../volume/index.js";
import type { CliContext } from "./context.js";
import { openDrive, type DriveOptions } from "./open-drive.js";
import { readableMedium } from "./readable-medium.js";

export interface VolumeOptions extends DriveOptions {
  /** Which of the disc's file systems. */
  readonly fs?: VolumeFormat;
}

/** An open drive and the files on its disc. */
export interface DiscVolume extends AsyncDisposable {
  readonly drive: OpticalDrive;
  readonly volume: Volume;
}

/** Opens the drive, and finds the files on its disc. */
export async function openDiscVolume(
  options: VolumeOptions,
  context: CliContext,
): Promise<DiscVolume> {
  const opened = await openDrive(options, context);
  const { drive } = opened;
  try {
    const { blocks } = await readableMedium(drive);
    const { signal } = context;
    const format = options.fs;
    const volume = await openVolume(drive, { blocks, signal, ...(format && { format }) });
    return { drive, volume, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}
