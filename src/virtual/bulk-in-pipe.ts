import { nothing } from "./bytes.js";
import type { BulkInOutcome, BulkStatus, PendingTransfer } from "./bulk-transfer.js";

interface InTransfer {
  readonly length: number;
  received: number;
  /** Pieces received; nearly always one. */
  readonly pieces: Uint8Array<ArrayBuffer>[];
  readonly complete: (outcome: BulkInOutcome) => void;
}

/** Called when all before it is gone; what comes behind it waits for `resume`, if need be for ever. */
export type Hold = (resume: () => void) => void;

/**
 * What the device does next, once all before it is gone: it sends data (none: an empty packet), halts
 * the endpoint, sends more than the host's transfer holds, whatever its length, or holds back.
 */
export type BulkInOutput = Uint8Array | "halt" | "babble" | Hold;

/** Data that are being sent. */
interface Sending {
  readonly data: Uint8Array;
  sent: number;
}

type Output = Sending | "halt" | "babble" | { readonly hold: Hold; begun: boolean };

/**
 * A bulk-IN endpoint: what the device writes on one side, the host's transfers on the other.
 *
 * Transfers wait for data (the device NAKs) and data waits for transfers. Packets are reckoned
 * with, never made: a transfer ends when it is full, or with the first packet below the maximum
 * packet size (USB 2.0, 5.8.3).
 */
export class BulkInPipe {
  readonly #maxPacketBytes: number;
  /** Called when the host has collected everything the device had to send. */
  readonly #drained: () => void;
  readonly #transfers: InTransfer[] = [];
  #outputs: Output[] = [];
  #halted = false;

  constructor(maxPacketBytes: number, drained: () => void) {
    this.#maxPacketBytes = maxPacketBytes;
    this.#drained = drained;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** The host's side: asks for up to `length` bytes. */
  submit(length: number, complete: InTransfer["complete"]): PendingTransfer {
    const transfer: InTransfer = { length, received: 0, pieces: [], complete };
    this.#transfers.push(transfer);
    this.#deliver();
    return { cancel: () => this.#cancel(transfer) };
  }

  /** The device's side. Data of a multiple of the packet size go without a short packet. */
  put(...outputs: readonly BulkInOutput[]): void {
    for (const output of outputs) {
      if (typeof output === "function") this.#outputs.push({ hold: output, begun: false });
      else this.#outputs.push(typeof output === "string" ? output : { data: output, sent: 0 });
    }
    this.#deliver();
  }

  /** Halts the endpoint at once, before what is still to be sent. */
  halt(): void {
    this.#halted = true;
    this.#deliver();
  }

  /** Forgets what was to be sent; the host's transfers go on waiting. */
  discard(): void {
    this.#outputs = [];
  }

  clearHalt(): void {
    this.#halted = false;
    this.#deliver();
  }

  cancelAll(): void {
    for (const transfer of this.#transfers.splice(0)) finish(transfer, "cancelled");
  }

  #cancel(transfer: InTransfer): void {
    const index = this.#transfers.indexOf(transfer);
    if (index < 0) return;
    this.#transfers.splice(index, 1);
    finish(transfer, "cancelled");
  }

  /** A transfer may be submitted from within `complete`, so each step leaves all in order. */
  #deliver(): void {
    for (;;) {
      if (this.#halted) {
        const transfer = this.#transfers.shift();
        if (!transfer) return;
        finish(transfer, "stall");
        continue;
      }
      const output = this.#outputs[0];
      if (!output) return;
      if (output === "halt") {
        this.#outputs.shift();
        this.#halted = true;
        continue;
      }
      if (output !== "babble" && "hold" in output) {
        if (!output.begun) this.#hold(output);
        if (this.#outputs[0] === output) return;
        continue;
      }
      const transfer = this.#transfers[0];
      if (!transfer) return;
      if (output === "babble") this.#overflow(transfer);
      else this.#move(output, transfer);
    }
  }

  #hold(output: { readonly hold: Hold; begun: boolean }): void {
    output.begun = true;
    output.hold(() => {
      if (this.#outputs[0] !== output) return; // given up since
      this.#outputs.shift();
      this.#deliver();
    });
  }

  #overflow(transfer: InTransfer): void {
    this.#outputs.shift();
    this.#transfers.shift();
    finish(transfer, "babble");
    if (this.#outputs.length === 0) this.#drained();
  }

  #move(output: Sending, transfer: InTransfer): void {
    const { data, sent } = output;
    const left = data.length - sent;
    const room = transfer.length - transfer.received;
    // More than there is room for goes up to the last whole packet; the next one overflows.
    const fits = left <= room;
    const moved = fits ? left : room - (room % this.#maxPacketBytes);
    if (moved > 0) transfer.pieces.push(copyOf(data, sent, sent + moved));
    transfer.received += moved;
    output.sent += moved;

    const isFull = transfer.received === transfer.length;
    const endsShort = fits && (left % this.#maxPacketBytes !== 0 || data.length === 0);
    const overflows = !fits && (moved < room || room === 0);
    if (fits) this.#outputs.shift();
    if (isFull || endsShort || overflows) {
      this.#transfers.shift();
      finish(transfer, overflows ? "babble" : "ok");
    }
    if (fits && this.#outputs.length === 0) this.#drained();
  }
}

function finish(transfer: InTransfer, status: BulkStatus): void {
  transfer.complete({ status, data: joined(transfer) });
}

function joined({ pieces, received }: InTransfer): Uint8Array<ArrayBuffer> {
  const [first = nothing, ...rest] = pieces;
  if (rest.length === 0) return first;
  const all = new Uint8Array(received);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}

/** Slicing the buffer spares the zeros that a new typed array is filled with first. */
function copyOf(data: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = data;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer.slice(byteOffset + start, byteOffset + end))
    : new Uint8Array(data.subarray(start, end));
}
