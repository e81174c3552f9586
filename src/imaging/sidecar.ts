import { arch, platform, release } from "node:os";

import { bytesAsHex } from "../bytes.js";
import type { DriveIdentity } from "../drive/identity.js";
import type { Medium } from "../drive/medium.js";
import { nodeFileSystem } from "./file-system.js";
import type { RescueResult } from "./rescue-disc.js";
import { replaceFile } from "./saved-map.js";

/** What is to be known of how an image came about. */
export interface SidecarFacts {
  readonly drive: DriveIdentity;
  readonly medium: Medium;
  readonly result: RescueResult;
  readonly startedAt: Date;
  readonly seconds: number;
  /** Bytes a second at which the drive can read the disc, the fastest first. */
  readonly availableSpeeds: readonly number[];
  /** The bytes that were wanted, where it was not the whole disc. */
  readonly ranges?: readonly { readonly start: number; readonly end: number }[] | undefined;
  /** What made it, with its version. */
  readonly creator: string;
}

/** Where the facts about an image are. */
export const sidecarPath = (path: string): string => `${path}.json`;

/** Writes `<path>.json` beside an image, all of it or nothing. Throws `ImagingError`. */
export async function saveSidecar(path: string, facts: SidecarFacts): Promise<void> {
  const { result, medium, startedAt, seconds } = facts;
  const { hashes, summary, missing, speeds, ...outcome } = result;
  const description = {
    creator: facts.creator,
    runtime: { node: process.version, platform: platform(), release: release(), arch: arch() },
    drive: facts.drive,
    disc: medium,
    image: { ...outcome, hashes },
    ...(facts.ranges && { ranges: facts.ranges }),
    map: { summary, missing },
    reading: {
      startedAt: startedAt.toISOString(),
      seconds,
      availableBytesPerSecond: facts.availableSpeeds,
      samples: speeds,
    },
  };
  await replaceFile(
    nodeFileSystem,
    sidecarPath(path),
    `${JSON.stringify(description, bytesAsHex, 2)}\n`,
  );
}
