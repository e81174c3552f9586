/**
 * The signal that ends the transfers of the command under way. It outlives the command, since most
 * commands never need it, and is renewed once it was used.
 */
export class Cancellation {
  #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends every transfer that was given the present signal. */
  cancel(reason?: unknown): void {
    const used = this.#controller;
    if (used.signal.aborted) return; // for good
    this.#controller = new AbortController();
    used.abort(reason);
  }

  /** Ends every transfer, also those that are still to be started. */
  end(reason: unknown): void {
    this.#controller.abort(reason);
  }
}
