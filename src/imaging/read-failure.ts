import { isSenseError } from "../scsi/sense-error.js";
import { TransportError } from "../transport/errors.js";
import { DriveError } from "../drive/errors.js";
import { UsbTimeoutError, UsbTransferError } from "../usb/errors.js";

/**
 * What a failed read means for a rescue: sectors that cannot be read, sectors that the drive keeps
 * from a host that is not authenticated (SPC-4: 05/6F/03), or the end of the run.
 */
export type ReadFailure = "damage" | "protected" | "stop";

/** What is no damage of the disc's ends the run, resumably: an error is never the end of the disc. */
export function classifyReadFailure(error: unknown): ReadFailure {
  if (isSenseError(error, "scrambledSector")) return "protected";
  if (isSenseError(error)) {
    const endsRun =
      isSenseError(error, "notReady") ||
      isSenseError(error, "mediumNotPresent") ||
      isSenseError(error, "unitAttention");
    return endsRun ? "stop" : "damage";
  }
  // The bridge or the bus has lost the thread over a bad sector; the transport has recovered.
  const isLocal =
    error instanceof UsbTimeoutError ||
    error instanceof UsbTransferError ||
    error instanceof TransportError ||
    error instanceof DriveError;
  return isLocal ? "damage" : "stop";
}
