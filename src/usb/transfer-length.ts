/**
 * The largest transfer, in bytes: a quarter of the 16 MiB that Linux's usbfs allows for all that is
 * pending in the system, so that four drives can be read at once. Other systems and browsers take more;
 * larger ones were measured to be no faster.
 */
export const maxTransferBytes = 4 * 1024 * 1024;

/** Throws `RangeError` for a transfer that is too large. */
export function checkTransferLength(length: number): void {
  if (length > maxTransferBytes) {
    throw new RangeError(`A transfer takes at most ${maxTransferBytes} bytes, not ${length}.`);
  }
}
