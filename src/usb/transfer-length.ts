/**
 * The largest transfer, in bytes: half of the 16 MiB that Linux's usbfs allows for all that is
 * pending in the system. Other systems and browsers take more.
 */
export const maxTransferBytes = 8 * 1024 * 1024;

/** Throws `RangeError` for a transfer that is too large. */
export function checkTransferLength(length: number): void {
  if (length > maxTransferBytes) {
    throw new RangeError(`A transfer takes at most ${maxTransferBytes} bytes, not ${length}.`);
  }
}
