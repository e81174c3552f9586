import type { BulkOutOutcome, BulkStatus, PendingTransfer } from "./bulk-transfer.js";

interface OutTransfer {
  data: Uint8Array;
  taken: number;
  readonly complete: (outcome: BulkOutOutcome) => void;
}

/** The device's end of the pipe. */
export interface BulkOutSink {
  /**
   * How many bytes the device takes now: a whole number of packets, or 0 while it is busy, when
   * the host waits (NAK).
   */
  readonly capacity: number;
  /** Asked first: whether the endpoint halts instead of taking these packets. */
  refuses(packets: Uint8Array): boolean;
  /** Gets them. They are the host's own: what is to last has to be copied. */
  accept(packets: Uint8Array): void;
}

/** A bulk-OUT endpoint: the host's transfers, and a device that takes what it has room for. */
export class BulkOutPipe {
  readonly #sink: BulkOutSink;
  readonly #transfers: OutTransfer[] = [];
  #halted = false;
  #pumping = false;

  constructor(sink: BulkOutSink) {
    this.#sink = sink;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** The host's side. The bytes are free again when this returns. */
  submit(data: Uint8Array, complete: OutTransfer["complete"]): PendingTransfer {
    const transfer: OutTransfer = { data, taken: 0, complete };
    this.#transfers.push(transfer);
    this.pump();
    if (this.#transfers.includes(transfer)) transfer.data = data.slice();
    return { cancel: () => this.#cancel(transfer) };
  }

  halt(): void {
    this.#halted = true;
    this.pump();
  }

  clearHalt(): void {
    this.#halted = false;
    this.pump();
  }

  cancelAll(): void {
    for (const transfer of this.#transfers.splice(0)) finish(transfer, "cancelled");
  }

  /** Moves what can be moved; the device calls it when it has room again, even while accepting. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#step());
    } finally {
      this.#pumping = false;
    }
  }

  #step(): boolean {
    const transfer = this.#transfers[0];
    if (!transfer) return false;
    if (this.#halted) {
      this.#transfers.shift();
      finish(transfer, "stall");
      return true;
    }
    const { capacity } = this.#sink;
    if (capacity === 0) return false;
    const { data, taken } = transfer;
    const end = Math.min(data.length, taken + capacity);
    const packets = data.subarray(taken, end);
    if (this.#sink.refuses(packets)) {
      this.#halted = true;
      return true;
    }
    // It may have chosen to wait instead, or to be gone.
    if (this.#transfers[0] !== transfer || this.#sink.capacity === 0) return false;
    transfer.taken = end;
    if (end === data.length) {
      this.#transfers.shift();
      finish(transfer, "ok");
    }
    this.#sink.accept(packets);
    return true;
  }

  #cancel(transfer: OutTransfer): void {
    const index = this.#transfers.indexOf(transfer);
    if (index < 0) return;
    this.#transfers.splice(index, 1);
    finish(transfer, "cancelled");
  }
}

function finish(transfer: OutTransfer, status: BulkStatus): void {
  transfer.complete({ status, bytesWritten: transfer.taken });
}
