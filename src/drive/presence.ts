import { isSenseError } from "../scsi/sense-error.js";
import { testUnitReady } from "../scsi/test-unit-ready.js";
import type { Executor } from "../scsi/executor.js";

/**
 * What is in the drive, as TEST UNIT READY has it: a disc that can be used, one that is being
 * looked at, one that cannot be used, or none.
 */
export type Presence = "ready" | "becomingReady" | "unusable" | "noMedium" | "trayOpen";

/** Asks the drive what is in it, without waiting for it to become ready. */
export async function readPresence(executor: Executor, signal?: AbortSignal): Promise<Presence> {
  try {
    await executor.execute(testUnitReady(), signal ? { signal } : {});
    return "ready";
  } catch (error) {
    if (isSenseError(error, "trayOpen")) return "trayOpen";
    if (isSenseError(error, "mediumNotPresent")) return "noMedium";
    if (isSenseError(error, "becomingReady")) return "becomingReady";
    if (isSenseError(error, "notReady") || isSenseError(error, "incompatibleMedium")) {
      return "unusable";
    }
    throw error;
  }
}

/** Whether there is a disc, of whatever kind. */
export function isPresent(presence: Presence): boolean {
  return presence !== "noMedium" && presence !== "trayOpen";
}
