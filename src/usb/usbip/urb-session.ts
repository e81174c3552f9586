import type { TransferOptions } from "../connection.js";
import { transferTimeoutMs, watchDeadline } from "../deadline.js";
import {
  UsbDisconnectedError,
  UsbIpProtocolError,
  UsbTimeoutError,
  UsbTransferError,
  type UsbError,
} from "../errors.js";
import type { MessageSocket } from "./message-socket.js";
import {
  signed,
  submitRequest,
  transferFlags,
  unlinkRequest,
  urbCommand,
  urbReply,
  urbStatus,
} from "./protocol.js";

/** How long a server may take to give back a transfer that was unlinked, in milliseconds. */
export const unlinkGraceMs = 5_000;

/** From this length on, a server had better not look for memory in one piece. */
const pageBytes = 4096;

/** One transfer: its endpoint, its way, and its data or the room for it. */
export interface Urb {
  /** What messages call it; it begins a sentence. */
  readonly name: string;
  /** The number, without the direction. */
  readonly endpoint: number;
  readonly direction: "in" | "out";
  readonly buffer: Uint8Array;
  /** Of a control transfer: the setup packet. */
  readonly setup?: Uint8Array;
}

export interface UrbCompletion {
  readonly status: "ok" | "stall" | "babble";
  readonly bytesTransferred: number;
}

interface PendingUrb {
  readonly urb: Urb;
  /** Why it was unlinked, if it was. */
  failure: (() => Error) | undefined;
  settle(outcome: UrbCompletion | Error): void;
}

/** The transfers of one imported device. */
export class UrbSession {
  readonly #socket: MessageSocket;
  readonly #deviceId: number;
  readonly #pending = new Map<number, PendingUrb>();
  /** Unlink requests that were not answered, and the transfers that they are about. */
  readonly #unlinks = new Map<number, number>();
  readonly #header = new Uint8Array(urbReply.length);
  #lastSequence = 0;
  #ended: UsbError | undefined;

  constructor(socket: MessageSocket, deviceId: number) {
    this.#socket = socket;
    this.#deviceId = deviceId;
    const lost = (cause?: Error): void =>
      this.#die(new UsbDisconnectedError("The USB/IP server", { cause }));
    socket.onClose = lost;
    if (socket.closed) lost();
    this.#expectReply();
  }

  /** Why no transfer is taken any more. */
  get ended(): UsbError | undefined {
    return this.#ended;
  }

  /** Submits a transfer. The promise settles once the server has given it back. */
  run(urb: Urb, options?: TransferOptions): Promise<UrbCompletion> {
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      signal?.throwIfAborted();
      const sequence = this.#nextSequence();
      let grace: ReturnType<typeof setTimeout> | undefined;
      const stopWatching = watchDeadline(options, (expiry) => {
        pending.failure = () =>
          expiry === "abort"
            ? (signal?.reason as Error)
            : new UsbTimeoutError(urb.name, transferTimeoutMs(options));
        grace = setTimeout(() => this.#die(neverGivenBack(urb)), unlinkGraceMs);
        this.#unlink(sequence);
      });
      const pending: PendingUrb = {
        urb,
        failure: undefined,
        settle: (outcome) => {
          stopWatching();
          clearTimeout(grace);
          this.#pending.delete(sequence);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
      };
      this.#pending.set(sequence, pending);
      this.#submit(sequence, urb);
    });
  }

  /** Takes no transfer any more; those that wait reject with `failure`. */
  end(failure: UsbError): void {
    this.#die(failure);
  }

  #submit(sequence: number, { endpoint, direction, buffer, setup }: Urb): void {
    const isIn = direction === "in";
    const isLong = isIn && endpoint !== 0 && buffer.length > pageBytes;
    const header = submitRequest.pack({
      command: urbCommand.submit,
      sequence,
      deviceId: this.#deviceId,
      direction: isIn ? 1 : 0,
      endpoint,
      transferFlags:
        (isIn ? transferFlags.directionIn : 0) | (isLong ? transferFlags.scatterGather : 0),
      transferLength: buffer.length,
      ...(setup && { setup }),
    });
    if (isIn || buffer.length === 0) this.#socket.write(header);
    else this.#socket.write(header, buffer);
  }

  #unlink(target: number): void {
    const sequence = this.#nextSequence();
    const { unlink: command } = urbCommand;
    this.#socket.write(unlinkRequest.pack({ command, sequence, deviceId: this.#deviceId, target }));
    this.#unlinks.set(sequence, target);
  }

  #expectReply(): void {
    this.#socket.expect(this.#header, () => this.#receive());
  }

  #receive(): void {
    const { command, sequence, status, actualLength } = urbReply.unpack(
      this.#header,
      "USB/IP reply",
    );
    if (command === urbCommand.unlinked) {
      const target = this.#unlinks.get(sequence);
      if (target === undefined || !this.#unlinks.delete(sequence)) {
        this.#refuse("an answer to an unlink request that was never sent");
        return;
      }
      // One that had ended by itself was given back before.
      const pending = this.#pending.get(target);
      pending?.settle(pending.failure?.() ?? failed(pending.urb, signed(status)));
      this.#expectReply();
      return;
    }
    const pending = this.#pending.get(sequence);
    if (command !== urbCommand.submitted || pending === undefined) {
      this.#refuse("an answer to nothing that was asked");
      return;
    }
    const { urb } = pending;
    if (actualLength > urb.buffer.length) {
      this.#refuse(`${actualLength} bytes for a transfer of ${urb.buffer.length}`);
      return;
    }
    const finish = (): void => this.#complete(pending, signed(status), actualLength);
    if (urb.direction === "out" || actualLength === 0) {
      this.#expectReply();
      finish();
      return;
    }
    this.#socket.expect(urb.buffer.subarray(0, actualLength), () => {
      this.#expectReply();
      finish();
    });
  }

  #complete(pending: PendingUrb, status: number, bytesTransferred: number): void {
    switch (status) {
      case urbStatus.ok:
      case urbStatus.short:
        pending.settle({ status: "ok", bytesTransferred });
        return;
      case urbStatus.stall:
        pending.settle({ status: "stall", bytesTransferred });
        return;
      case urbStatus.overflow:
        pending.settle({ status: "babble", bytesTransferred });
        return;
      case urbStatus.noDevice:
      case urbStatus.shutDown:
        pending.settle(new UsbDisconnectedError(pending.urb.name));
        return;
      default:
        pending.settle(pending.failure?.() ?? failed(pending.urb, status));
    }
  }

  #refuse(what: string): void {
    this.#die(new UsbIpProtocolError(`The USB/IP server has sent ${what}. Connect to it again.`));
  }

  #die(failure: UsbError): void {
    this.#ended ??= failure;
    for (const pending of [...this.#pending.values()]) pending.settle(failure);
    this.#socket.destroy();
  }

  #nextSequence(): number {
    this.#lastSequence = (this.#lastSequence % 0x7fff_ffff) + 1;
    return this.#lastSequence;
  }
}

const failed = ({ name }: Urb, status: number): UsbTransferError =>
  new UsbTransferError(
    `${name} failed (the server reports errno ${-status}). Try again; if it stays so, try another ` +
      `port or cable there.`,
  );

const neverGivenBack = ({ name }: Urb): UsbDisconnectedError =>
  new UsbDisconnectedError(name, {
    problem:
      `it was cancelled, but not given back within ${unlinkGraceMs} ms. Connect to the USB/IP ` +
      `server again.`,
  });
