import { defaultTransferTimeoutMs, type TransferOptions } from "./connection.js";

/** Why a transfer is to be ended before its time. */
export type Expiry = "timeout" | "abort";

/** The largest delay that timers take: beyond it they fire at once. */
const maxTimerMs = 0x7fff_ffff;

/** How long a transfer may take, in milliseconds. */
export function transferTimeoutMs(options: TransferOptions | undefined): number {
  return Math.min(options?.timeoutMs ?? defaultTransferTimeoutMs, maxTimerMs);
}

/**
 * Calls `onExpiry` once, when the deadline has passed or the signal aborts, unless the function that
 * is returned was called before. A signal that has aborted already is the caller's to look at.
 */
export function watchDeadline(
  options: TransferOptions | undefined,
  onExpiry: (expiry: Expiry) => void,
): () => void {
  const signal = options?.signal;
  const timer = setTimeout(() => {
    stop();
    onExpiry("timeout");
  }, transferTimeoutMs(options));
  const onAbort = (): void => {
    stop();
    onExpiry("abort");
  };
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  signal?.addEventListener("abort", onAbort);
  return stop;
}

/** Whether `promise` settles, either way, within `milliseconds`. Never rejects. */
export function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
