import type { CopyrightInformation } from "../mmc/copyright-information.js";
import { getConfiguration } from "../mmc/get-configuration.js";
import type { PhysicalFormat } from "../mmc/physical-format.js";
import type { ProfileName } from "../mmc/profile.js";
import { readDiscInformation, type DiscInformation } from "../mmc/read-disc-information.js";
import { readCopyrightInformation, readPhysicalFormat } from "../mmc/read-disc-structure.js";
import type { CodedValue } from "../scsi/coded-value.js";
import type { Command } from "../scsi/command.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";
import { opticalBlockLength } from "../scsi/read.js";
import { readCapacity, type Capacity } from "../scsi/read-capacity.js";
import { isSenseError } from "../scsi/sense-error.js";
import { executeIfSupported, type Executor } from "../scsi/executor.js";

export type MediumKind = "CD" | "DVD" | "BD";

/** The disc in a drive. What the drive does not tell is undefined. */
export interface Medium {
  /** What to call it, for instance `DVD-ROM`. */
  readonly name: string;
  readonly kind: MediumKind | undefined;
  readonly profile: CodedValue<ProfileName> | undefined;
  /** How far it is recorded; a pressed disc is complete. */
  readonly status: DiscInformation["status"] | undefined;
  /** How many blocks can be read; 0 on a blank disc. */
  readonly blocks: number;
  /** Bytes in a block. */
  readonly blockLength: number;
  /** Bytes that can be read. */
  readonly bytes: number;
  readonly layers: number | undefined;
  /** The first block of the second layer, where there are two. */
  readonly layerBreakLba: number | undefined;
  /** What a DVD physically is. */
  readonly physical: PhysicalFormat | undefined;
  /** How a DVD is protected, and where it plays. */
  readonly copyright: CopyrightInformation | undefined;
}

export interface MediumOptions {
  readonly signal?: AbortSignal;
  /** Whether READ CAPACITY tells of one block too many. */
  readonly fixCapacity?: boolean;
}

/** Asks for all that there is to know of the disc, once the drive is ready for it. */
export async function readMedium(
  executor: Executor,
  { signal, fixCapacity = false }: MediumOptions = {},
): Promise<Medium | undefined> {
  const options: UnitExecuteOptions = signal ? { signal } : {};
  try {
    return await readPresentMedium(executor, fixCapacity, options);
  } catch (error) {
    if (isSenseError(error, "mediumNotPresent")) return undefined;
    throw error;
  }
}

async function readPresentMedium(
  executor: Executor,
  fixCapacity: boolean,
  options: UnitExecuteOptions,
): Promise<Medium> {
  // Asked first of all: it waits for a disc that spins up, and fails where there is none.
  const information = await executeIfSupported(executor, readDiscInformation(), options);
  const isBlank = information?.status === "empty";
  const capacity = isBlank
    ? { blocks: 0, blockLength: opticalBlockLength }
    : fixed(await executor.execute(readCapacity(), options), fixCapacity);
  const configuration = await executeIfSupported(
    executor,
    getConfiguration({ features: "current" }),
    options,
  );
  const profile = configuration?.currentProfile;
  const kind = kindOf(profile?.code);
  const isDvd = kind === "DVD";
  const physical = isDvd ? await structure(executor, readPhysicalFormat(), options) : undefined;
  const copyright = isDvd
    ? await structure(executor, readCopyrightInformation(), options)
    : undefined;
  return {
    name: profile && kind !== undefined ? profile.name : "optical disc",
    kind,
    profile,
    status: information?.status,
    ...capacity,
    bytes: capacity.blocks * capacity.blockLength,
    layers: physical?.layers,
    layerBreakLba: physical?.layerBreakLba,
    physical,
    copyright,
  };
}

/** Some bridges tell the number of blocks where the address of the last one is asked for. */
function fixed(capacity: Capacity, fixCapacity: boolean): Capacity {
  return fixCapacity ? { ...capacity, blocks: capacity.blocks - 1 } : capacity;
}

/** A structure of the disc, where the drive can find it: not every disc has every one. */
async function structure<Structure>(
  executor: Executor,
  command: Command<Structure>,
  options: UnitExecuteOptions,
): Promise<Structure | undefined> {
  try {
    return await executeIfSupported(executor, command, options);
  } catch (error) {
    if (isSenseError(error, "incompatibleMedium")) return undefined;
    throw error;
  }
}

/** The profiles are numbered by family, MMC-6 5.3. */
function kindOf(profileCode: number | undefined): MediumKind | undefined {
  if (profileCode === undefined) return undefined;
  if (profileCode >= 0x08 && profileCode <= 0x0a) return "CD";
  if (profileCode >= 0x10 && profileCode <= 0x2b && (profileCode < 0x20 || profileCode > 0x22)) {
    return "DVD";
  }
  if (profileCode >= 0x40 && profileCode <= 0x43) return "BD";
  return undefined;
}
