/** Milliseconds over which the present rate is taken. */
const windowMs = 3_000;

/** Turns bytes done, told now and then, into a present rate and the time that is left. */
export class RateMeter {
  readonly #bytesTotal: number;
  readonly #startedAt: number;
  readonly #now: () => number;
  #first: number | undefined;
  #recent: { readonly at: number; readonly bytes: number }[] = [];

  constructor(bytesTotal: number, now: () => number = () => performance.now()) {
    this.#bytesTotal = bytesTotal;
    this.#now = now;
    this.#startedAt = now();
  }

  /** What was done before the first call does not count. */
  update(bytesDone: number): void {
    const at = this.#now();
    this.#first ??= bytesDone;
    const last = this.#recent.at(-1);
    // Ten points a window are enough.
    if (last && at - last.at < windowMs / 10) {
      this.#recent[this.#recent.length - 1] = { at: last.at, bytes: bytesDone };
      return;
    }
    this.#recent.push({ at, bytes: bytesDone });
    while ((this.#recent[1]?.at ?? Infinity) < at - windowMs) this.#recent.shift();
  }

  /** Since the beginning. */
  get seconds(): number {
    return (this.#now() - this.#startedAt) / 1000;
  }

  get bytesPerSecond(): number {
    const [first] = this.#recent;
    const last = this.#recent.at(-1);
    if (first === undefined || last === undefined) return 0;
    if (last.at === first.at)
      return (last.bytes - (this.#first ?? 0)) / Math.max(this.seconds, 0.1);
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (this.#now() - first.at));
  }

  /** Infinity where nothing comes. */
  get secondsLeft(): number {
    const done = this.#recent.at(-1)?.bytes ?? 0;
    const rate = (done - (this.#first ?? 0)) / Math.max(this.seconds, 0.001);
    const left = this.#bytesTotal - done;
    return left <= 0 ? 0 : left / Math.min(rate, this.bytesPerSecond || rate);
  }
}
