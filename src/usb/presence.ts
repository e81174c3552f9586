import { UsbDisconnectedError } from "./errors.js";

/** GET_STATUS of the device (USB 2.0, 9.4.5): two bytes that any device gives at any time. */
export const getDeviceStatus = { request: 0x00, value: 0, index: 0, length: 2 } as const;

/** Milliseconds for GET_STATUS. */
export const statusTimeoutMs = 500;

/** A hub takes up to some hundred milliseconds to tell the host that a device was unplugged. */
const attempts = 5;
const pauseMs = 100;

/**
 * Whether a device on which a transfer failed was unplugged, or can be asked no more: for a while,
 * its transfers fail as they do on a bad cable. `ask` sends GET_STATUS.
 */
export async function hasGone(ask: () => Promise<unknown>): Promise<boolean> {
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
