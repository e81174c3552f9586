import { connect, type Socket } from "node:net";

import { UsbUnavailableError } from "../errors.js";
import { formatUsbIpServer, type UsbIpServerAddress } from "./address.js";

/** Small messages, and the beginnings of large ones, are read through this many bytes. */
const scratchBytes = 4096;

/** Milliseconds for a server to be there, and for each answer until a device is imported. */
export const answerTimeoutMs = 10_000;

/**
 * A TCP connection that is read in the lengths its user expects. Long pieces are received into the
 * user's own memory, without a copy.
 */
export class MessageSocket {
  readonly #socket: Socket;
  readonly #scratch = new Uint8Array(scratchBytes);
  #into: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #onFilled: (() => void) | undefined;
  /** What came before it was asked for. */
  #left: Uint8Array | undefined;
  /** Whether what is being received goes straight to `#into`. */
  #direct = false;

  /** Called once, when the connection has ended, whoever ended it. */
  onClose: (cause?: Error) => void = () => undefined;

  /** @throws UsbUnavailableError where no server answers; or the signal's reason. */
  static async connect(address: UsbIpServerAddress, signal?: AbortSignal): Promise<MessageSocket> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      let cause: Error | undefined;
      const message: MessageSocket = new MessageSocket((options) =>
        connect({ ...address, ...options }),
      );
      const socket = message.#socket;
      const timer = setTimeout(() => socket.destroy(new Error("no answer")), answerTimeoutMs);
      const onAbort = (): void => void socket.destroy();
      signal?.addEventListener("abort", onAbort, { once: true });
      const settled = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      socket.on("error", (error) => (cause = error));
      socket.once("connect", () => {
        settled();
        socket.setNoDelay();
        socket.setKeepAlive(true);
        resolve(message);
      });
      socket.once("close", () => {
        settled();
        reject(
          signal?.aborted === true
            ? (signal.reason as Error)
            : new UsbUnavailableError(
                `No USB/IP server answers at ${formatUsbIpServer(address)} (${cause?.message ?? "closed"}). ` +
                  `Check the address, and that usbipd runs there and no firewall is between.`,
                { cause },
              ),
        );
        message.onClose(cause);
      });
    });
  }

  private constructor(open: (options: ReceiveOptions) => Socket) {
    this.#socket = open({
      onread: {
        buffer: () => this.#destination(),
        callback: (length, received) => {
          if (!this.#direct) return this.#distribute(received.subarray(0, length));
          this.#advance(length);
          return true;
        },
      },
    });
  }

  /** Whether the connection has ended; `onClose` may not have been called yet. */
  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Has the next bytes go to `into`, and calls `onFilled` once it is full. One at a time. */
  expect(into: Uint8Array, onFilled: () => void): void {
    this.#into = into;
    this.#filled = 0;
    this.#onFilled = onFilled;
    const left = this.#left;
    if (left === undefined) return;
    this.#left = undefined;
    if (this.#distribute(left)) this.#socket.resume();
  }

  /**
   * As `expect`, once. Rejects with what `onEnd` makes of the connection's end, which is also that of
   * a server that says nothing.
   */
  receive(length: number, onEnd: (cause?: Error) => Error): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw onEnd();
      const into = new Uint8Array(length);
      const timer = setTimeout(() => this.#socket.destroy(new Error("no answer")), answerTimeoutMs);
      this.onClose = (cause) => {
        clearTimeout(timer);
        reject(onEnd(cause));
      };
      this.expect(into, () => {
        clearTimeout(timer);
        resolve(into);
      });
    });
  }

  /** Sends parts as one piece. */
  write(...parts: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #destination(): Uint8Array {
    this.#direct = this.#into.length - this.#filled >= scratchBytes;
    return this.#direct ? this.#into.subarray(this.#filled) : this.#scratch;
  }

  #advance(length: number): void {
    this.#filled += length;
    if (this.#filled < this.#into.length) return;
    const onFilled = this.#onFilled;
    this.#onFilled = undefined;
    onFilled?.();
  }

  /** Hands out what came; the rest is kept, and no more received, until it is asked for. */
  #distribute(received: Uint8Array): boolean {
    for (let taken = 0; taken < received.length;) {
      if (this.#onFilled === undefined) {
        this.#left = received.slice(taken);
        return false;
      }
      const part = received.subarray(taken, taken + this.#into.length - this.#filled);
      this.#into.set(part, this.#filled);
      taken += part.length;
      this.#advance(part.length);
    }
    return true;
  }
}

interface ReceiveOptions {
  readonly onread: {
    readonly buffer: () => Uint8Array;
    readonly callback: (length: number, received: Uint8Array) => boolean;
  };
}
