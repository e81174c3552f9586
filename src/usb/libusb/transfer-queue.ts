import type { TransferOptions } from "../connection.js";
import { transferTimeoutMs, watchDeadline } from "../deadline.js";
import { UsbDisconnectedError, UsbTimeoutError, type UsbError } from "../errors.js";
import { transferFailure } from "./failures.js";
import {
  transferStatus,
  type Libusb,
  type LibusbDevice,
  type LibusbException,
  type LibusbTransfer,
} from "./native.js";

/** How long a cancelled transfer may take to be given back, in milliseconds; 15 are usual. */
export const cancelGraceMs = 2_000;

/** A pipe to send a transfer through. */
export interface Pipe {
  /** What messages call a transfer through it; it begins a sentence. */
  readonly name: string;
  readonly address: number;
  /** One of `transferType`. */
  readonly type: number;
}

/** How a transfer ended on the bus. */
export interface Completion {
  readonly status: "ok" | "stall" | "babble";
  readonly bytesTransferred: number;
}

interface PendingTransfer {
  /** Settles as the caller's promise does. */
  promise: Promise<Completion>;
  /** Asks libusb for the transfer back; the promise then rejects with the failure. */
  cancel(failure: (bytesTransferred: number) => unknown): void;
  /** Rejects at once, though libusb may never give the transfer back. */
  abandon(failure: unknown): void;
}

/**
 * The transfers of one open device. Each has a deadline and a signal, and its promise settles only
 * when libusb has given the transfer back: its own time-outs do not fire on Linux, and a transfer
 * that is abandoned takes the data of the next.
 */
export class TransferQueue {
  readonly #libusb: Libusb;
  readonly #device: LibusbDevice;
  readonly #pending = new Set<PendingTransfer>();
  #ended: UsbError | undefined;

  constructor(libusb: Libusb, device: LibusbDevice) {
    this.#libusb = libusb;
    this.#device = device;
  }

  /** Why no transfer is taken any more. */
  get ended(): UsbError | undefined {
    return this.#ended;
  }

  /** Moves `buffer` through `pipe`, behind what is pending on it. */
  run(pipe: Pipe, buffer: Uint8Array, options?: TransferOptions): Promise<Completion> {
    const signal = options?.signal;
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);

    let grace: NodeJS.Timeout | undefined;
    let failure: ((bytesTransferred: number) => unknown) | undefined;
    const { promise, resolve, reject } = withResolvers<Completion>();
    const cancel: PendingTransfer["cancel"] = (why) => {
      if (failure !== undefined) return;
      failure = why;
      grace = setTimeout(() => {
        this.#die(neverGivenBack(pipe));
      }, cancelGraceMs);
      cancelTransfer(transfer);
    };
    const abandon: PendingTransfer["abandon"] = (why) => {
      stopWatching();
      clearTimeout(grace);
      cancelTransfer(transfer);
      reject(why);
    };
    const pending: PendingTransfer = { promise, cancel, abandon };
    // npm `usb` keeps the callback for as long as there is the transfer: were one to lead to the other,
    // neither would ever be collected.
    let transfer: LibusbTransfer | undefined = new this.#libusb.Transfer(
      this.#device,
      pipe.address,
      pipe.type,
      0,
      (error, _buffer, bytesTransferred) => {
        transfer = undefined;
        stopWatching();
        clearTimeout(grace);
        this.#pending.delete(pending);
        const status = statusOf(error);
        if (status !== undefined) resolve({ status, bytesTransferred });
        else if (failure !== undefined) reject(failure(bytesTransferred));
        else reject(transferFailure(pipe.name, error));
      },
    );
    try {
      transfer.submit(buffer);
    } catch (error) {
      transfer = undefined;
      return Promise.reject(transferFailure(pipe.name, error));
    }
    this.#pending.add(pending);
    const stopWatching = watchDeadline(options, (expiry) =>
      cancel((bytesTransferred) =>
        expiry === "abort"
          ? signal?.reason
          : new UsbTimeoutError(pipe.name, transferTimeoutMs(options), bytesTransferred),
      ),
    );
    return promise;
  }

  /** Cancels what is pending, which rejects with `failure`, and waits until all of it is over. */
  async cancelAll(failure: UsbError): Promise<void> {
    const pending = [...this.#pending];
    for (const transfer of pending) transfer.cancel(() => failure);
    await Promise.allSettled(pending.map((transfer) => transfer.promise));
  }

  /** Takes no transfer any more: each rejects with `failure`, or with that of an earlier end. */
  end(failure: UsbError): void {
    this.#ended ??= failure;
  }

  #die(failure: UsbError): void {
    this.end(failure);
    for (const transfer of this.#pending) transfer.abandon(failure);
  }
}

function cancelTransfer(transfer: LibusbTransfer | undefined): void {
  try {
    transfer?.cancel();
  } catch {
    // The device has gone and the transfer is about to be given back; if not, the grace runs out.
  }
}

/** What the transfer came to; undefined where it failed or was cancelled. */
function statusOf(error: LibusbException | undefined): Completion["status"] | undefined {
  if (error === undefined) return "ok";
  if (error.errno === transferStatus.stall) return "stall";
  if (error.errno === transferStatus.overflow) return "babble";
  return undefined;
}

function neverGivenBack(pipe: Pipe): UsbDisconnectedError {
  return new UsbDisconnectedError(pipe.name, {
    problem:
      `it was cancelled, but not given back within ${cancelGraceMs} ms. The connection cannot be ` +
      `used any more: unplug the drive and plug it in again.`,
  });
}

// Promise.withResolvers is newer than the oldest Node that is supported.
function withResolvers<Value>(): {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: Value) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
