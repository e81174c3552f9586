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
import { pipesOf, type BulkOnlyInterface } from "../descriptors.js";
import { UsbDisconnectedError, UsbTransferError } from "../errors.js";
import { describeDevice } from "../locator.js";
import { checkTransferLength, maxTransferBytes } from "../transfer-length.js";
import { controlIn, controlOut, type SetupFields } from "./control-request.js";
import type { UrbCompletion, UrbSession } from "./urb-session.js";

/** bEndpointAddress bits 3:0. */
const endpointNumber = 0x0f;
const classIn = 0xa1;
const classOut = 0x21;

/** Requests of USB 2.0: CLEAR_FEATURE(ENDPOINT_HALT), 9.4.1, and SET_FEATURE(PORT_RESET), 11.24.2.13. */
const clearEndpointHalt = { requestType: 0x02, request: 0x01, value: 0x0000 };
const resetPort = { requestType: 0x23, request: 0x03, value: 0x0004, index: 0 };

/** A `UsbConnection` over TCP to a USB/IP server: no driver, no root, no native code. */
export class UsbIpConnection implements UsbConnection {
  readonly info: UsbDeviceInfo;
  readonly limits: UsbConnectionLimits;
  readonly pipes: UsbPipes;
  readonly #session: UrbSession;
  readonly #bulkOnly: BulkOnlyInterface;
  /** Configures the device as it was, after a reset. */
  readonly #configure: () => Promise<void>;

  constructor(
    session: UrbSession,
    info: UsbDeviceInfo,
    bulkOnly: BulkOnlyInterface,
    configure: () => Promise<void>,
  ) {
    this.info = info;
    this.pipes = pipesOf(bulkOnly);
    this.limits = {
      maxTransferBytes,
      maxPacketBytes: bulkOnly.bulkIn.maxPacketBytes,
      queuesTransfers: true,
      cancelsTransfers: true,
    };
    this.#session = session;
    this.#bulkOnly = bulkOnly;
    this.#configure = configure;
  }

  async transferIn(length: number, options?: TransferInOptions): Promise<TransferInResult> {
    checkTransferLength(length);
    const memory = options?.into?.subarray(0, length) ?? new Uint8Array(length);
    const endpoint = this.#bulkOnly.bulkIn.address & endpointNumber;
    const { status, bytesTransferred } = await this.#session.run(
      { name: "The bulk-IN transfer", endpoint, direction: "in", buffer: memory },
      options,
    );
    return { status, data: memory.subarray(0, bytesTransferred) };
  }

  async transferOut(data: Uint8Array, options?: TransferOptions): Promise<TransferOutResult> {
    checkTransferLength(data.length);
    const endpoint = this.#bulkOnly.bulkOut.address & endpointNumber;
    return outResult(
      await this.#session.run(
        { name: "The bulk-OUT transfer", endpoint, direction: "out", buffer: data },
        options,
      ),
    );
  }

  classRequestIn(
    request: number,
    value: number,
    length: number,
    options?: TransferOptions,
  ): Promise<TransferInResult> {
    const index = this.#bulkOnly.interfaceNumber;
    const setup = { requestType: classIn, request, value, index };
    return controlIn(this.#session, setup, length, options);
  }

  async classRequestOut(
    request: number,
    value: number,
    options?: TransferOptions,
  ): Promise<TransferOutResult> {
    const index = this.#bulkOnly.interfaceNumber;
    return this.#requestOut({ requestType: classOut, request, value, index }, options);
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const { bulkIn, bulkOut } = this.#bulkOnly;
    const index = direction === "in" ? bulkIn.address : bulkOut.address;
    const { status } = await this.#requestOut({ ...clearEndpointHalt, index });
    if (status === "stall") {
      throw new UsbTransferError("The drive refused to clear a halted pipe. Reset it.");
    }
  }

  /** Servers reset the device when they see a request for its port; Linux's then reports a stall. */
  async reset(): Promise<void> {
    await this.#requestOut(resetPort);
    await this.#configure();
  }

  close(): Promise<void> {
    this.#session.end(
      new UsbDisconnectedError(describeDevice(this.info), {
        problem: "its connection was closed. Open it again.",
      }),
    );
    return Promise.resolve();
  }

  async #requestOut(setup: SetupFields, options?: TransferOptions): Promise<TransferOutResult> {
    return outResult(await controlOut(this.#session, setup, options));
  }
}

function outResult({ status, bytesTransferred }: UrbCompletion): TransferOutResult {
  return { status: status === "ok" ? "ok" : "stall", bytesWritten: bytesTransferred };
}
