import type { UsbConnection } from "../usb/connection.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../usb/errors.js";

/** Bulk-Only Mass Storage Reset, Bulk-Only Transport 1.0, 3.1. */
const massStorageReset = 0xff;

/** Milliseconds for the class request: a device that is alive answers it at once. */
const resetRequestTimeoutMs = 2_000;

/**
 * Brings a device back to where it waits for a CBW: by reset recovery (Bulk-Only Transport 1.0,
 * 5.3.4), and where the device will not even do that, by a reset of its port.
 *
 * Throws `UsbDisconnectedError` where the device has gone, or what the reset of the port throws.
 */
export async function recoverDevice(connection: UsbConnection): Promise<void> {
  try {
    const options = { timeoutMs: resetRequestTimeoutMs };
    const { status } = await connection.classRequestOut(massStorageReset, 0, options);
    if (status === "ok") {
      await connection.clearHalt("in");
      await connection.clearHalt("out");
      return;
    }
  } catch (error) {
    if (error instanceof UsbDisconnectedError) throw error;
    // What the port's reset does not mend, it reports.
  }
  await connection.reset();
}

/**
 * Settles as `step` does, or rejects with `UsbTimeoutError` after so many milliseconds, or with
 * the signal's reason. What it waits for goes on in any case.
 */
export function waitAtMost(
  step: Promise<void>,
  what: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (reason: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      reject(reason);
    };
    const abort = (): void => giveUp(signal?.reason as Error);
    const timer = setTimeout(() => giveUp(new UsbTimeoutError(what, timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    step.then(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve();
    }, giveUp);
  });
}
