import type {
  TransferInOptions,
  TransferInResult,
  TransferOptions,
  TransferOutResult,
  UsbConnection,
} from "../usb/connection.js";
import type { TransferEvent, TransferObserver } from "./transfer-event.js";

/** bmRequestType of class requests to an interface, and of CLEAR_FEATURE on an endpoint (USB 2.0, 9.3). */
const requestTypes = { classIn: 0xa1, classOut: 0x21, endpointOut: 0x02 } as const;
const clearFeature = 0x01;

/**
 * The same connection, of which an observer is told all: for `OpticalDrive.open`, in place of the
 * connection itself. Without a trace nothing is spent on one.
 */
export function trace(connection: UsbConnection, observer: TransferObserver): UsbConnection {
  return new TracedConnection(connection, observer);
}

class TracedConnection implements UsbConnection {
  readonly info;
  readonly limits;
  readonly pipes;
  readonly #connection: UsbConnection;
  readonly #observer: TransferObserver;
  #lastId = 0;

  constructor(connection: UsbConnection, observer: TransferObserver) {
    this.info = connection.info;
    this.limits = connection.limits;
    this.pipes = connection.pipes;
    this.#connection = connection;
    this.#observer = observer;
  }

  transferIn(length: number, options?: TransferInOptions): Promise<TransferInResult> {
    return this.#in({ pipe: "in", length }, () => this.#connection.transferIn(length, options));
  }

  transferOut(data: Uint8Array, options?: TransferOptions): Promise<TransferOutResult> {
    return this.#out({ pipe: "out", length: data.length, data }, () =>
      this.#connection.transferOut(data, options),
    );
  }

  classRequestIn(
    request: number,
    value: number,
    length: number,
    options?: TransferOptions,
  ): Promise<TransferInResult> {
    const setup = setupPacket(requestTypes.classIn, request, value, this.#interface, length);
    return this.#in({ pipe: "control", length, setup }, () =>
      this.#connection.classRequestIn(request, value, length, options),
    );
  }

  classRequestOut(
    request: number,
    value: number,
    options?: TransferOptions,
  ): Promise<TransferOutResult> {
    const setup = setupPacket(requestTypes.classOut, request, value, this.#interface, 0);
    return this.#out({ pipe: "control", length: 0, setup }, () =>
      this.#connection.classRequestOut(request, value, options),
    );
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const { bulkIn, bulkOut } = this.pipes ?? usualPipes;
    const endpoint = direction === "in" ? bulkIn : bulkOut;
    const setup = setupPacket(requestTypes.endpointOut, clearFeature, 0, endpoint, 0);
    await this.#out({ pipe: "control", length: 0, setup }, async () => {
      await this.#connection.clearHalt(direction);
      return { status: "ok", bytesWritten: 0 };
    });
  }

  reset(): Promise<void> {
    return this.#connection.reset();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  get #interface(): number {
    return (this.pipes ?? usualPipes).interfaceNumber;
  }

  #in(told: Told, run: () => Promise<TransferInResult>): Promise<TransferInResult> {
    return this.#observed(told, run, ({ status, data }) => ({
      outcome: status,
      length: data.length,
      data,
    }));
  }

  #out(told: Told, run: () => Promise<TransferOutResult>): Promise<TransferOutResult> {
    return this.#observed(told, run, ({ status, bytesWritten }) => ({
      outcome: status,
      length: bytesWritten,
    }));
  }

  async #observed<Result>(
    told: Told,
    run: () => Promise<Result>,
    describe: (result: Result) => Pick<TransferEvent, "outcome" | "length" | "data">,
  ): Promise<Result> {
    const id = ++this.#lastId;
    const { pipe } = told;
    this.#tell({ at: now(), step: "submitted", id, ...told });
    try {
      const result = await run();
      this.#tell({ at: now(), step: "completed", id, pipe, ...describe(result) });
      return result;
    } catch (error) {
      this.#tell({ at: now(), step: "completed", id, pipe, length: 0, outcome: "failed" });
      throw error;
    }
  }

  #tell(event: TransferEvent): void {
    try {
      this.#observer(event);
    } catch {
      // An observer is never a reason for a drive to fail.
    }
  }
}

type Told = Pick<TransferEvent, "pipe" | "length" | "data" | "setup">;

/** Where nothing is known of the endpoints: the numbers that most bridges have. */
export const usualPipes = { interfaceNumber: 0, bulkIn: 0x81, bulkOut: 0x02 } as const;

const now = (): number => performance.timeOrigin + performance.now();

function setupPacket(
  requestType: number,
  request: number,
  value: number,
  index: number,
  length: number,
): Uint8Array {
  const setup = new Uint8Array(8);
  const view = new DataView(setup.buffer);
  view.setUint8(0, requestType);
  view.setUint8(1, request);
  view.setUint16(2, value, true);
  view.setUint16(4, index, true);
  view.setUint16(6, length, true);
  return setup;
}
