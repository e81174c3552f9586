import { getNominalPerformance, getWriteSpeeds } from "../mmc/get-performance.js";
import { maximumCdSpeed, setCdSpeed, setStreaming } from "../mmc/speed.js";
import { isSenseError } from "../scsi/sense-error.js";
import { executeIfSupported, type Executor } from "../scsi/executor.js";
import type { Medium } from "./medium.js";

/** Drives count speeds in units of 1000 bytes a second. */
const kilobyte = 1000;

/** The speeds at which the medium can be read, in bytes a second, the fastest first. */
export async function readReadSpeeds(executor: Executor): Promise<number[]> {
  const settable = (await executeIfSupported(executor, getWriteSpeeds())) ?? [];
  const nominal = (await executeIfSupported(executor, getNominalPerformance("read"))) ?? [];
  const kilobytes = [
    ...settable.map(({ readKilobytesPerSecond }) => readKilobytesPerSecond),
    ...nominal.map(({ endKilobytesPerSecond }) => endKilobytesPerSecond),
  ];
  const speeds = new Set(kilobytes.filter((speed) => speed > 0).map((speed) => speed * kilobyte));
  return [...speeds].sort((a, b) => b - a);
}

/**
 * Sets how fast `medium` is read, in bytes a second. SET STREAMING is the command for all but CDs;
 * where the drive does not have it, SET CD SPEED does.
 */
export async function setReadSpeed(
  executor: Executor,
  medium: Medium,
  bytesPerSecond: number | "max",
): Promise<void> {
  const kilobytes =
    bytesPerSecond === "max" ? undefined : Math.max(1, Math.round(bytesPerSecond / kilobyte));
  if (medium.kind !== "CD") {
    const command = setStreaming({
      endLba: Math.max(0, medium.blocks - 1),
      ...(kilobytes === undefined
        ? { restoreDefaults: true }
        : {
            readKilobytes: kilobytes,
            readTimeMs: 1000,
            writeKilobytes: kilobytes,
            writeTimeMs: 1000,
          }),
    });
    try {
      await executor.execute(command);
      return;
    } catch (error) {
      if (!isSenseError(error, "illegalRequest")) throw error;
    }
  }
  const speed = Math.min(kilobytes ?? maximumCdSpeed, maximumCdSpeed);
  await executor.execute(setCdSpeed(speed));
}
