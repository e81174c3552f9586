import type {
  TransferInResult,
  TransferOptions,
  TransferOutResult,
  UsbConnection,
  UsbConnectionLimits,
  UsbDeviceInfo,
  UsbPipes,
} from "../connection.js";
import { settlesWithin } from "../deadline.js";
import { pipesOf, type BulkOnlyInterface } from "../descriptors.js";
import { UsbDisconnectedError, UsbTimeoutError, UsbTransferError } from "../errors.js";
import { describeDevice } from "../locator.js";
import { explainFailure, getDeviceStatus, statusTimeoutMs } from "../presence.js";
import { checkTransferLength, maxTransferBytes } from "../transfer-length.js";
import { claimBulkOnly, detachKernelDriver } from "./claim.js";
import { isLibusbDevice, isNusbDevice, type WebUsbDevice, type WebUsbSetup } from "./device.js";
import { transferFailure } from "./dialect.js";
import { TransferSet, type TransferKind, type WebUsbOutcome } from "./transfer-set.js";

/** Milliseconds for what the operating system itself bounds at about 5 s. */
const requestTimeoutMs = 8_000;
const resetTimeoutMs = 15_000;

/** More than the time-out of 1 s that npm `usb` 2 gives libusb for a request. */
const libusbTimeoutMs = 1_500;

/** bEndpointAddress bits 3:0; WebUSB names endpoints by number and direction. */
const endpointNumber = 0x0f;

/** An open device whose Bulk-Only interface was claimed. */
export interface ClaimedWebUsbDevice {
  readonly device: WebUsbDevice;
  readonly info: UsbDeviceInfo;
  readonly bulkOnly: BulkOnlyInterface;
  readonly queuesTransfers: boolean;
  /** Whether `close` closes the device too, since it was not open before. */
  readonly closesDevice: boolean;
  /** Whether the operating system's driver was detached by hand and wants its interface back. */
  readonly kernelDriverDetached: boolean;
}

/** A `UsbConnection` over any WebUSB `USBDevice`. */
export class WebUsbConnection implements UsbConnection {
  readonly info: UsbDeviceInfo;
  readonly limits: UsbConnectionLimits;
  readonly pipes: UsbPipes;
  readonly #claimed: ClaimedWebUsbDevice;
  readonly #device: WebUsbDevice;
  readonly #transfers: TransferSet;
  readonly #bulkIn: number;
  readonly #bulkOut: number;
  #closing: Promise<void> | undefined;

  constructor(claimed: ClaimedWebUsbDevice) {
    const { device, info, bulkOnly, queuesTransfers } = claimed;
    this.info = info;
    this.pipes = pipesOf(bulkOnly);
    this.limits = {
      maxTransferBytes,
      maxPacketBytes: bulkOnly.bulkIn.maxPacketBytes,
      queuesTransfers,
      cancelsTransfers: false,
    };
    this.#claimed = claimed;
    this.#device = device;
    this.#bulkIn = bulkOnly.bulkIn.address & endpointNumber;
    this.#bulkOut = bulkOnly.bulkOut.address & endpointNumber;
    this.#transfers = new TransferSet(this.#remedies());
  }

  /** What ends transfers that are pending. */
  #remedies(): (() => Promise<void>)[] {
    // It is not to be touched at all while transfers are pending.
    if (isNusbDevice(this.#device)) return [];
    const reset = (): Promise<void> => this.#resetDevice();
    // A released interface goes to the kernel's driver at once, and claiming it back blocks the whole
    // process until that driver lets go: 27 s of a drive that says nothing.
    if (isLibusbDevice(this.#device)) return [reset];
    // Releasing the interface ends its transfers, but no control transfer; a reset ends those too.
    return [() => this.#reclaim(), reset];
  }

  transferIn(length: number, options?: TransferOptions): Promise<TransferInResult> {
    return this.#run(bulkIn, options, (timeoutMs) => {
      checkTransferLength(length);
      return this.#device.transferIn(this.#bulkIn, length, timeoutMs);
    });
  }

  transferOut(data: Uint8Array, options?: TransferOptions): Promise<TransferOutResult> {
    return this.#run(bulkOut, options, (timeoutMs) => {
      checkTransferLength(data.length);
      return this.#device.transferOut(this.#bulkOut, data as Uint8Array<ArrayBuffer>, timeoutMs);
    });
  }

  classRequestIn(
    request: number,
    value: number,
    length: number,
    options?: TransferOptions,
  ): Promise<TransferInResult> {
    return this.#run(controlIn, options, (timeoutMs) =>
      this.#device.controlTransferIn(this.#setup(request, value), length, timeoutMs),
    );
  }

  classRequestOut(
    request: number,
    value: number,
    options?: TransferOptions,
  ): Promise<TransferOutResult> {
    return this.#run(controlOut, options, (timeoutMs) =>
      this.#device.controlTransferOut(this.#setup(request, value), new Uint8Array(), timeoutMs),
    );
  }

  async #run<Result>(
    kind: TransferKind<Result>,
    options: TransferOptions | undefined,
    start: (timeoutMs: number) => Promise<WebUsbOutcome>,
  ): Promise<Result> {
    try {
      return await this.#transfers.run(kind, options, start);
    } catch (error) {
      throw await this.#explained(kind.name, error);
    }
  }

  #explained(what: string, error: unknown): Promise<unknown> {
    const ended = () => this.#transfers.ended;
    return explainFailure(what, error, () => this.#askStatus(), ended);
  }

  #askStatus(): Promise<TransferInResult> {
    return this.#transfers.run(controlIn, { timeoutMs: statusTimeoutMs }, (timeoutMs) =>
      this.#getStatus(timeoutMs),
    );
  }

  #getStatus(timeoutMs: number): Promise<WebUsbOutcome> {
    const { length, ...request } = getDeviceStatus;
    const setup = { requestType: "standard", recipient: "device", ...request } as const;
    return this.#device.controlTransferIn(setup, length, timeoutMs);
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const endpoint = direction === "in" ? this.#bulkIn : this.#bulkOut;
    await this.#request("Clearing a halted pipe", requestTimeoutMs, async () => {
      const cleared = this.#device.clearHalt(direction, endpoint);
      const isOver = await settlesWithin(cleared, libusbTimeoutMs);
      // A time-out of libusb's is noticed with whatever else happens, so let something happen.
      if (!isOver && isLibusbDevice(this.#device)) await this.#isThere();
      await cleared;
    });
  }

  async reset(): Promise<void> {
    if (this.#transfers.size > 0) await this.#transfers.recover();
    await this.#request("Resetting the drive", resetTimeoutMs, () => this.#resetDevice());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { info, bulkOnly, closesDevice, kernelDriverDetached } = this.#claimed;
    const device = this.#device;
    this.#transfers.end(
      new UsbDisconnectedError(describeDevice(info), {
        problem: "its connection was closed. Open it again.",
      }),
    );
    // In npm `usb` 2, releasing the interface for good is what ends its transfers.
    if (isNusbDevice(device)) await this.#transfers.drain();
    else if (this.#transfers.size > 0 && !isLibusbDevice(device)) await this.#transfers.recover();

    const steps = [() => device.releaseInterface(bulkOnly.interfaceNumber)];
    if (kernelDriverDetached && isNusbDevice(device)) {
      steps.push(() => device.attachKernelDriver(bulkOnly.interfaceNumber));
    }
    if (closesDevice) steps.push(() => device.close());
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await withinTime("Closing the drive", requestTimeoutMs, step);
      } catch (error) {
        const failure = transferFailure("Closing the drive", error, requestTimeoutMs);
        if (failure instanceof UsbDisconnectedError || !(await this.#isThere())) continue;
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new UsbTransferError(
        "The drive could not be given back to the operating system. Unplug it and plug it in again.",
        { cause: failures[0] },
      );
    }
  }

  /** Whether the device answers, though no transfer is taken any more. */
  async #isThere(): Promise<boolean> {
    const asked = this.#getStatus(statusTimeoutMs);
    return (await settlesWithin(asked, statusTimeoutMs)) && asked.then(isTrue, isFalse);
  }

  async #reclaim(): Promise<void> {
    await this.#device.releaseInterface(this.#claimed.bulkOnly.interfaceNumber);
    await this.#claim();
  }

  async #resetDevice(): Promise<void> {
    await this.#device.reset();
    // npm `usb` 3 loses its claim to the kernel's driver; elsewhere this changes nothing.
    await detachKernelDriver(this.#device, this.#claimed.bulkOnly.interfaceNumber);
    await this.#claim();
  }

  async #claim(): Promise<void> {
    await claimBulkOnly(this.#device, this.#claimed.bulkOnly);
  }

  async #request(what: string, timeoutMs: number, start: () => Promise<void>): Promise<void> {
    await this.#transfers.recovered();
    if (this.#transfers.ended !== undefined) throw this.#transfers.ended;
    try {
      await withinTime(what, timeoutMs, start);
    } catch (error) {
      if (!(error instanceof UsbTimeoutError)) {
        throw await this.#explained(what, transferFailure(what, error, timeoutMs));
      }
      this.#transfers.end(new UsbDisconnectedError(what, { cause: error }));
      throw error;
    }
  }

  #setup(request: number, value: number): WebUsbSetup {
    const index = this.#claimed.bulkOnly.interfaceNumber;
    return { requestType: "class", recipient: "interface", request, value, index };
  }
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

function readIn({ status = "ok", data }: WebUsbOutcome): TransferInResult {
  if (data === undefined) return { status, data: new Uint8Array() };
  return { status, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function readOut({ status = "ok", bytesWritten = 0 }: WebUsbOutcome): TransferOutResult {
  return { status: status === "ok" ? "ok" : "stall", bytesWritten };
}

const bulkIn: TransferKind<TransferInResult> = { name: "The bulk-IN transfer", read: readIn };
const bulkOut: TransferKind<TransferOutResult> = { name: "The bulk-OUT transfer", read: readOut };
const controlIn: TransferKind<TransferInResult> = { name: "The control transfer", read: readIn };
const controlOut: TransferKind<TransferOutResult> = { name: "The control transfer", read: readOut };

async function withinTime(
  what: string,
  timeoutMs: number,
  start: () => Promise<void>,
): Promise<void> {
  const request = start();
  if (!(await settlesWithin(request, timeoutMs))) throw new UsbTimeoutError(what, timeoutMs);
  await request;
}
