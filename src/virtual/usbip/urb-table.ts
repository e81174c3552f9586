import type { BulkOnlyDevice } from "../bulk-only-device.js";
import type { BulkStatus, PendingTransfer } from "../bulk-transfer.js";
import { nothing } from "../bytes.js";
import { BULK_IN_ENDPOINT, BULK_OUT_ENDPOINT, CONFIGURATION_VALUE } from "../descriptors.js";
import { urbStatus, type SubmitRequest } from "./protocol.js";

/** How a URB ended; `length` counts what crossed the wire, whichever way. */
export interface UrbOutcome {
  readonly status: number;
  readonly length: number;
  /** What the device sent. */
  readonly data: Uint8Array;
}

/** What one client may leave waiting. Linux itself keeps four or five transfers at a time. */
const MAX_PENDING = 256;
const MAX_PENDING_BYTES_OUT = 64 * 1024 * 1024;

const statusOf: Readonly<Record<BulkStatus, number>> = {
  ok: urbStatus.ok,
  stall: urbStatus.stall,
  babble: urbStatus.babble,
  cancelled: urbStatus.cancelled,
};

/** The transfers of one client, by the sequence numbers that it gave them. */
export class UrbTable {
  readonly #device: BulkOnlyDevice;
  readonly #complete: (sequence: number, outcome: UrbOutcome) => void;
  /** Undefined for a transfer that has not begun to wait. */
  readonly #pending = new Map<number, PendingTransfer | undefined>();
  #pendingBytesOut = 0;

  constructor(device: BulkOnlyDevice, complete: (sequence: number, outcome: UrbOutcome) => void) {
    this.#device = device;
    this.#complete = complete;
  }

  has(sequence: number): boolean {
    return this.#pending.has(sequence);
  }

  submit(request: SubmitRequest, dataOut: Uint8Array): void {
    const { sequence } = request;
    const bytesOut = this.#pendingBytesOut + dataOut.length;
    if (this.#pending.size >= MAX_PENDING || bytesOut > MAX_PENDING_BYTES_OUT) {
      this.#complete(sequence, refusal(urbStatus.outOfMemory));
      return;
    }
    this.#pending.set(sequence, undefined);
    this.#pendingBytesOut = bytesOut;
    const transfer = this.#start(request, dataOut, (outcome) => {
      this.#pendingBytesOut -= dataOut.length;
      if (this.#pending.delete(sequence)) this.#complete(sequence, outcome);
    });
    if (this.#pending.has(sequence)) this.#pending.set(sequence, transfer);
  }

  /** Takes a transfer back, which then is not completed. Whether it was still waiting. */
  unlink(sequence: number): boolean {
    const transfer = this.#pending.get(sequence);
    const wasPending = this.#pending.delete(sequence);
    transfer?.cancel();
    return wasPending;
  }

  unlinkAll(): void {
    for (const sequence of [...this.#pending.keys()]) this.unlink(sequence);
  }

  #start(
    request: SubmitRequest,
    dataOut: Uint8Array,
    complete: (outcome: UrbOutcome) => void,
  ): PendingTransfer | undefined {
    const { endpoint, toHost, transferLength } = request;
    if (endpoint === 0) return this.#startControl(request, dataOut, complete);
    if (toHost && endpoint === (BULK_IN_ENDPOINT & 0x0f)) {
      return this.#device.transferIn(transferLength, ({ status, data }) =>
        complete({ status: statusOf[status], length: data.length, data }),
      );
    }
    if (!toHost && endpoint === BULK_OUT_ENDPOINT) {
      return this.#device.transferOut(dataOut, ({ status, bytesWritten }) =>
        complete({ status: statusOf[status], length: bytesWritten, data: nothing }),
      );
    }
    complete(refusal(urbStatus.noEntry));
    return undefined;
  }

  #startControl(
    { setup, toHost, transferLength }: SubmitRequest,
    dataOut: Uint8Array,
    complete: (outcome: UrbOutcome) => void,
  ): PendingTransfer | undefined {
    if (isPortReset(setup)) {
      this.#resetPort();
      complete(refusal(urbStatus.ok));
      return undefined;
    }
    return this.#device.control(setup, ({ status, data }) => {
      const sent = toHost ? data.subarray(0, transferLength) : nothing;
      const length = toHost ? sent.length : dataOut.length;
      complete({ status: statusOf[status], length: status === "ok" ? length : 0, data: sent });
    });
  }

  /** The device is configured again afterwards, if it was before, as Linux does it. */
  #resetPort(): void {
    const { configured } = this.#device;
    this.#device.busReset();
    if (!configured) return;
    const setConfiguration = { requestType: 0x00, request: 0x09, value: CONFIGURATION_VALUE };
    this.#device.control({ ...setConfiguration, index: 0, length: 0 }, () => undefined);
  }
}

const refusal = (status: number): UrbOutcome => ({ status, length: 0, data: nothing });

/**
 * SET_FEATURE(PORT_RESET), which on a real bus goes to the hub (USB 2.0, 11.24.2.13): how a client
 * asks for a reset (Linux, drivers/usb/usbip/stub_rx.c, is_reset_device_cmd).
 */
function isPortReset({ requestType, request, value }: SubmitRequest["setup"]): boolean {
  return requestType === 0x23 && request === 0x03 && value === 0x0004;
}
