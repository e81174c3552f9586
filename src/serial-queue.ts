/** Runs jobs one at a time, in the order in which they are given. */
export class SerialQueue {
  #busy = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * Runs `job` once all jobs before it have ended, and settles as it does. A signal that aborts
   * while the job waits takes it out of the queue; the promise then rejects at once.
   */
  async run<Result>(job: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#busy) await this.#turn(signal);
    this.#busy = true;
    try {
      return await job();
    } finally {
      this.#busy = false;
      this.#waiting.shift()?.();
    }
  }

  #turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener("abort", leave);
        // Taken here and now, so that no job given meanwhile can slip in before this one.
        this.#busy = true;
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(start);
    });
  }
}
