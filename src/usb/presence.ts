import { UsbDisconnectedError, UsbTransferError, type UsbError } from "./errors.js";

/** GET_STATUS of the device (USB 2.0, 9.4.5): two bytes that any device gives at any time. */
export const getDeviceStatus = { request: 0x00, value: 0, index: 0, length: 2 } as const;

/** Milliseconds for GET_STATUS. */
export const statusTimeoutMs = 500;

/** A hub takes up to some hundred milliseconds to tell the host that a device was unplugged. */
const attempts = 5;
const pauseMs = 100;

/**
 * What a failed transfer is to its caller. One that the bus reports as failed may be the first to miss
 * an unplugged device: then it is `UsbDisconnectedError`, or `ended()` where there is a reason why no
 * transfer is taken any more. `ask` sends GET_STATUS.
 */
export async function explainFailure(
  what: string,
  error: unknown,
  ask: () => Promise<unknown>,
  ended: () => UsbError | undefined,
): Promise<unknown> {
  const failedOnBus = error instanceof UsbTransferError && error.cause !== undefined;
  if (!failedOnBus || !(await hasGone(ask))) return error;
  return ended() ?? new UsbDisconnectedError(what, { cause: error });
}

/**
 * Whether a device on which a transfer failed was unplugged, or can be asked no more: for a while,
 * its transfers fail as they do on a bad cable.
 */
async function hasGone(ask: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    try {
      await ask();
      return false;
    } catch (error) {
      if (error instanceof UsbDisconnectedError) return true;
    }
  }
  return false;
}
