import { modeSenseCapabilities } from "../mmc/capabilities-page.js";
import { findFeature, type Feature } from "../mmc/feature.js";
import type { ProfileListEntry } from "../mmc/feature-data.js";
import { getConfiguration } from "../mmc/get-configuration.js";
import { executeIfSupported, type Executor } from "../scsi/executor.js";

/** What a drive can do. What it does not tell, as the oldest drives do not, is undefined. */
export interface Capabilities {
  /** The kinds of medium that it handles. */
  readonly profiles: readonly ProfileListEntry[] | undefined;
  readonly features: readonly Feature[] | undefined;
  /** For instance `tray`. */
  readonly loadingMechanism: string | undefined;
  readonly canEject: boolean | undefined;
  readonly canLock: boolean | undefined;
  /** The version of CSS that it can authenticate for; undefined where it cannot. */
  readonly cssVersion: number | undefined;
  readonly bufferBytes: number | undefined;
  /** In bytes a second. */
  readonly maxReadSpeed: number | undefined;
}

/** Asks for the features (GET CONFIGURATION) and for mode page 2Ah, whichever there is. */
export async function readCapabilities(executor: Executor): Promise<Capabilities> {
  const configuration = await executeIfSupported(executor, getConfiguration());
  const features = configuration?.features;
  const page = await executeIfSupported(executor, modeSenseCapabilities());
  const removable = features && findFeature(features, "removableMedium")?.fields;
  return {
    profiles: features && findFeature(features, "profileList")?.fields.profiles,
    features,
    loadingMechanism: (removable ?? page)?.loadingMechanism.name,
    canEject: (removable ?? page)?.canEject,
    canLock: (removable ?? page)?.canLock,
    cssVersion: features && findFeature(features, "dvdCss")?.fields.version,
    bufferBytes: page && page.bufferKibibytes * 1024,
    maxReadSpeed: page && page.maxReadKilobytesPerSecond * 1000,
  };
}
