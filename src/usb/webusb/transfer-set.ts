import type { TransferOptions } from "../connection.js";
import { settlesWithin, transferTimeoutMs, watchDeadline } from "../deadline.js";
import {
  UsbDisconnectedError,
  UsbTimeoutError,
  UsbTransferError,
  type UsbError,
} from "../errors.js";
import { rejectedStatus, transferFailure } from "./dialect.js";

/** How long a transfer may take to end after it was told to, in milliseconds. */
export const endGraceMs = 2_000;

/** What a transfer resolves with in any dialect; the status is missing where all went well. */
export interface WebUsbOutcome {
  readonly status?: "ok" | "stall" | "babble" | undefined;
  readonly data?: DataView | undefined;
  readonly bytesWritten?: number;
}

/** One kind of transfer: how messages call it, and what it gives its caller. */
export interface TransferKind<Result> {
  /** It begins a sentence. */
  readonly name: string;
  readonly read: (outcome: WebUsbOutcome) => Result;
}

interface PendingTransfer {
  /** Why it is being ended, if it is. */
  failure: (() => Error) | undefined;
  /** Rejects at once, though the device may never end the transfer. */
  abandon(failure: Error): void;
}

/**
 * The transfers of one device. WebUSB cannot cancel a transfer, only end all of an interface by
 * releasing it; until that has happened, a transfer's promise does not settle and none is started,
 * for what is left behind takes the next one's data.
 */
export class TransferSet {
  /** Ways to make the device end what is pending, mildest first; none where only time does. */
  readonly #remedies: readonly (() => Promise<void>)[];
  readonly #pending = new Set<PendingTransfer>();
  #ended: UsbError | undefined;
  #recovery: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(remedies: readonly (() => Promise<void>)[]) {
    this.#remedies = remedies;
  }

  /** Why no transfer is taken any more. */
  get ended(): UsbError | undefined {
    return this.#ended;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Starts a transfer. `start` is given the milliseconds that it may take. */
  run<Result>(
    kind: TransferKind<Result>,
    options: TransferOptions | undefined,
    start: (timeoutMs: number) => Promise<WebUsbOutcome>,
  ): Promise<Result> {
    if (this.#recovery !== undefined) {
      return this.#recovery.then(() => this.run(kind, options, start));
    }
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (this.#ended !== undefined) throw this.#ended;
      signal?.throwIfAborted();

      const timeoutMs = transferTimeoutMs(options);
      const pending: PendingTransfer = {
        failure: undefined,
        abandon(failure) {
          stopWatching();
          reject(failure);
        },
      };
      const over = (): void => {
        stopWatching();
        this.#pending.delete(pending);
        if (this.#pending.size === 0) this.#onEmpty?.();
      };
      const transfer = start(timeoutMs);
      this.#pending.add(pending);
      let stopWatching = watchDeadline(this.#watched(options), (expiry) => {
        if (expiry === "timeout") {
          pending.failure = () => new UsbTimeoutError(kind.name, timeoutMs);
        } else {
          pending.failure = () => signal?.reason as Error;
          // Where only time ends it, the device's own limit must still be held to.
          if (this.#onlyTimeEnds) {
            stopWatching = watchDeadline(this.#watched({ timeoutMs }), () => void this.recover());
            return;
          }
        }
        void this.recover();
      });
      transfer
        .then(
          (outcome) => {
            over();
            return kind.read(outcome);
          },
          (error: unknown) => {
            over();
            const status = rejectedStatus(error);
            if (status !== undefined) return kind.read({ status });
            throw pending.failure?.() ?? transferFailure(kind.name, error, timeoutMs);
          },
        )
        .then(resolve, reject);
    });
  }

  /** Ends all that is pending. Where that fails, no transfer is taken any more. Never rejects. */
  recover(): Promise<void> {
    this.#recovery ??= this.#recover().finally(() => (this.#recovery = undefined));
    return this.#recovery;
  }

  /** Waits until transfers that are being ended have ended. */
  async recovered(): Promise<void> {
    await this.#recovery;
  }

  /** Waits until nothing is pending any more, whatever that takes; deadlines bound it. */
  async drain(): Promise<void> {
    await this.#recovery;
    await this.#empty();
  }

  /** Takes no transfer any more: each rejects with `failure`, or with that of an earlier end. */
  end(failure: UsbError): void {
    this.#ended ??= failure;
    for (const transfer of this.#pending) transfer.failure ??= () => this.#ended ?? failure;
  }

  async #recover(): Promise<void> {
    for (const transfer of this.#pending) {
      transfer.failure ??= () =>
        new UsbTransferError("The transfer was ended together with another one. Try again.");
    }
    for (const remedy of this.#remedies) {
      const done = remedy();
      const ended = await settlesWithin(Promise.all([done, this.#empty()]), endGraceMs);
      if (ended && this.#pending.size === 0 && (await succeeds(done))) return;
    }
    this.#ended ??= new UsbDisconnectedError("The USB device", {
      problem:
        "a transfer could not be ended. The connection cannot be used any more: unplug the drive " +
        "and plug it in again.",
    });
    for (const transfer of this.#pending) transfer.abandon(this.#ended);
    this.#pending.clear();
    this.#onEmpty?.();
  }

  get #onlyTimeEnds(): boolean {
    return this.#remedies.length === 0;
  }

  #empty(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const others = this.#onEmpty;
      this.#onEmpty = () => {
        this.#onEmpty = undefined;
        others?.();
        resolve();
      };
    });
  }

  /** Where the device keeps the deadline, ours is for a device that does not. */
  #watched(options: TransferOptions | undefined): TransferOptions | undefined {
    if (!this.#onlyTimeEnds) return options;
    return { ...options, timeoutMs: transferTimeoutMs(options) + endGraceMs };
  }
}

async function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
