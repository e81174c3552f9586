import type {
  TransferInOptions,
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
import { deviceHasGone, transferFailure } from "./failures.js";
import { transferType, type Libusb, type LibusbCallback, type LibusbDevice } from "./native.js";
import { controlPipe, setupLength, setupPacket } from "./setup-packet.js";
import { TransferQueue, type Completion, type Pipe } from "./transfer-queue.js";

/** Milliseconds for what the kernel itself bounds at 5 s, such as a CLEAR_FEATURE request. */
const requestTimeoutMs = 8_000;
/** Milliseconds for a port reset, which Linux tries up to five times. */
const resetTimeoutMs = 15_000;
/** Milliseconds in which libusb lets go of transfers that ended with their interface. */
const closeRetryMs = 200;

/** An open device whose Bulk-Only interface was claimed, and how the operating system had it. */
export interface ClaimedDevice {
  readonly libusb: Libusb;
  readonly device: LibusbDevice;
  readonly info: UsbDeviceInfo;
  readonly bulkOnly: BulkOnlyInterface;
  /** Whether the operating system's driver was detached and wants its interface back. */
  readonly kernelDriverDetached: boolean;
}

/** A `UsbConnection` over libusb, through the classic interface of npm `usb` 2. */
export class LibusbConnection implements UsbConnection {
  readonly info: UsbDeviceInfo;
  readonly limits: UsbConnectionLimits;
  readonly pipes: UsbPipes;
  readonly #claimed: ClaimedDevice;
  readonly #transfers: TransferQueue;
  readonly #requests = new Set<Promise<void>>();
  readonly #bulkIn: Pipe;
  readonly #bulkOut: Pipe;
  #closing: Promise<void> | undefined;

  constructor(claimed: ClaimedDevice) {
    const { bulkIn, bulkOut } = claimed.bulkOnly;
    this.info = claimed.info;
    this.pipes = pipesOf(claimed.bulkOnly);
    this.limits = {
      maxTransferBytes,
      maxPacketBytes: bulkIn.maxPacketBytes,
      queuesTransfers: true,
      cancelsTransfers: true,
    };
    this.#claimed = claimed;
    this.#transfers = new TransferQueue(claimed.libusb, claimed.device);
    const type = transferType.bulk;
    this.#bulkIn = { name: "The bulk-IN transfer", address: bulkIn.address, type };
    this.#bulkOut = { name: "The bulk-OUT transfer", address: bulkOut.address, type };
  }

  async transferIn(length: number, options?: TransferInOptions): Promise<TransferInResult> {
    checkTransferLength(length);
    // Not from the shared pool, and not filled with zeros: only what came is ever handed out.
    const memory = options?.into ?? Buffer.allocUnsafeSlow(length);
    const buffer = new Uint8Array(memory.buffer, memory.byteOffset, length);
    const { status, bytesTransferred } = await this.#run(this.#bulkIn, buffer, options);
    return { status, data: buffer.subarray(0, bytesTransferred) };
  }

  async transferOut(data: Uint8Array, options?: TransferOptions): Promise<TransferOutResult> {
    checkTransferLength(data.length);
    const { status, bytesTransferred } = await this.#run(this.#bulkOut, data, options);
    return { status: status === "ok" ? "ok" : "stall", bytesWritten: bytesTransferred };
  }

  async classRequestIn(
    request: number,
    value: number,
    length: number,
    options?: TransferOptions,
  ): Promise<TransferInResult> {
    const index = this.#claimed.bulkOnly.interfaceNumber;
    const buffer = setupPacket({ requestType: 0xa1, request, value, index, length });
    const { status, bytesTransferred } = await this.#run(controlPipe, buffer, options);
    return { status, data: buffer.subarray(setupLength, setupLength + bytesTransferred) };
  }

  async classRequestOut(
    request: number,
    value: number,
    options?: TransferOptions,
  ): Promise<TransferOutResult> {
    const index = this.#claimed.bulkOnly.interfaceNumber;
    const buffer = setupPacket({ requestType: 0x21, request, value, index, length: 0 });
    const { status, bytesTransferred } = await this.#run(controlPipe, buffer, options);
    return { status: status === "ok" ? "ok" : "stall", bytesWritten: bytesTransferred };
  }

  async #run(pipe: Pipe, buffer: Uint8Array, options?: TransferOptions): Promise<Completion> {
    try {
      return await this.#transfers.run(pipe, buffer, options);
    } catch (error) {
      throw await this.#explained(pipe.name, error);
    }
  }

  #explained(what: string, error: unknown): Promise<unknown> {
    const ended = () => this.#transfers.ended;
    return explainFailure(what, error, () => this.#askStatus(), ended);
  }

  #askStatus(): Promise<Completion> {
    const buffer = setupPacket({ requestType: 0x80, ...getDeviceStatus });
    return this.#transfers.run(controlPipe, buffer, { timeoutMs: statusTimeoutMs });
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const { address } = direction === "in" ? this.#bulkIn : this.#bulkOut;
    await this.#request("Clearing a halted pipe", requestTimeoutMs, (callback) =>
      this.#claimed.device.__clearHalt(address, callback),
    );
  }

  async reset(): Promise<void> {
    const { device, bulkOnly } = this.#claimed;
    await this.#transfers.cancelAll(
      new UsbTransferError("The transfer was cancelled, since the drive is being reset."),
    );
    try {
      await this.#request("Resetting the drive", resetTimeoutMs, (callback) =>
        device.reset(callback),
      );
    } catch (error) {
      // What libusb cannot find after a reset has come back as another device.
      if (error instanceof UsbDisconnectedError) this.#transfers.end(error);
      throw error;
    }
    if (bulkOnly.hasAlternates) await this.#selectSetting();
  }

  /** Selects the alternate setting, where the interface has several. */
  async #selectSetting(): Promise<void> {
    const { device, bulkOnly } = this.#claimed;
    await this.#request("Selecting the interface's setting", requestTimeoutMs, (callback) =>
      device.__setInterface(bulkOnly.interfaceNumber, bulkOnly.alternateSetting, callback),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { info } = this.#claimed;
    const closed = new UsbDisconnectedError(describeDevice(info), {
      problem: "its connection was closed. Open it again.",
    });
    this.#transfers.end(closed);
    await this.#transfers.cancelAll(closed);
    await Promise.allSettled(this.#requests);
    const failures: unknown[] = [];
    const steps: (() => Promise<void> | void)[] = [
      () => this.#release(),
      () => this.#giveBack(),
      () => this.#closeDevice(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        if (!deviceHasGone(error)) failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new UsbTransferError(
        "The drive could not be given back to the operating system. Unplug it and plug it in again.",
        { cause: failures[0] },
      );
    }
  }

  async #release(): Promise<void> {
    const { device, bulkOnly } = this.#claimed;
    const released = nativeRequest((callback) =>
      device.__releaseInterface(bulkOnly.interfaceNumber, callback),
    );
    await withinTime(released, "Releasing the interface", requestTimeoutMs);
  }

  #giveBack(): void {
    const { device, bulkOnly, kernelDriverDetached } = this.#claimed;
    if (kernelDriverDetached) device.__attachKernelDriver(bulkOnly.interfaceNumber);
  }

  async #closeDevice(): Promise<void> {
    const { device } = this.#claimed;
    try {
      device.close();
    } catch {
      // It refuses while transfers are pending, and those ended only now, with their interface.
      await new Promise((resolve) => setTimeout(resolve, closeRetryMs));
      device.close();
    }
  }

  /** A request that libusb carries out in a thread, and that cannot be cancelled. */
  async #request(
    what: string,
    timeoutMs: number,
    start: (callback: LibusbCallback) => void,
  ): Promise<void> {
    if (this.#transfers.ended !== undefined) throw this.#transfers.ended;
    const request = withinTime(nativeRequest(start), what, timeoutMs);
    this.#requests.add(request);
    try {
      await request;
    } catch (error) {
      if (!(error instanceof UsbTimeoutError)) {
        throw await this.#explained(what, transferFailure(what, error));
      }
      this.#transfers.end(new UsbDisconnectedError(what, { cause: error }));
      throw error;
    } finally {
      this.#requests.delete(request);
    }
  }
}

/** One of libusb's requests as a promise. */
export function nativeRequest(start: (callback: LibusbCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

async function withinTime(request: Promise<void>, what: string, timeoutMs: number): Promise<void> {
  if (!(await settlesWithin(request, timeoutMs))) throw new UsbTimeoutError(what, timeoutMs);
  await request;
}
