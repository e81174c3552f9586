import type {
  TransferInResult,
  TransferOptions,
  TransferOutResult,
  UsbConnection,
  UsbDeviceInfo,
} from "../../src/usb/connection.js";
import { UsbTimeoutError } from "../../src/usb/errors.js";

/** What the device answers to a transfer: data, a stall, an error, or silence. */
export type InAnswer = Uint8Array | "stall" | "babble" | "silence" | Error;
export type OutAnswer = "ok" | "stall" | "silence" | Error;

/**
 * A connection that answers from a script and writes down what it is asked, in order: each pipe has
 * its own list of answers, taken as transfers are submitted.
 */
export class ScriptedConnection implements UsbConnection {
  readonly info: UsbDeviceInfo = {
    vendorId: 0x1234,
    productId: 0x5678,
    location: "1-1",
    speed: "high",
  };
  readonly limits;
  readonly log: string[] = [];
  readonly sent: Uint8Array[] = [];
  inAnswers: InAnswer[] = [];
  outAnswers: OutAnswer[] = [];
  resetAnswer: OutAnswer = "ok";
  maxLunAnswer: InAnswer = Uint8Array.of(0);

  constructor(
    options: {
      queuesTransfers?: boolean;
      cancelsTransfers?: boolean;
      info?: Partial<UsbDeviceInfo>;
    } = {},
  ) {
    this.info = { ...this.info, ...options.info };
    this.limits = {
      maxTransferBytes: 1 << 20,
      maxPacketBytes: 512,
      queuesTransfers: options.queuesTransfers ?? true,
      cancelsTransfers: options.cancelsTransfers ?? true,
    };
  }

  transferIn(length: number, options: TransferOptions = {}): Promise<TransferInResult> {
    this.log.push(`in ${length}`);
    return this.#answerIn(this.inAnswers.shift() ?? "silence", `in ${length}`, options);
  }

  transferOut(data: Uint8Array, options: TransferOptions = {}): Promise<TransferOutResult> {
    this.log.push(`out ${data.length}`);
    this.sent.push(data);
    return this.#answerOut(this.outAnswers.shift() ?? "ok", data.length, options);
  }

  classRequestIn(request: number): Promise<TransferInResult> {
    this.log.push(`request ${request.toString(16)}`);
    return this.#answerIn(this.maxLunAnswer, "request", {});
  }

  classRequestOut(
    request: number,
    _value: number,
    options: TransferOptions = {},
  ): Promise<TransferOutResult> {
    this.log.push(`request ${request.toString(16)}`);
    return this.#answerOut(this.resetAnswer, 0, options);
  }

  clearHalt(direction: "in" | "out"): Promise<void> {
    this.log.push(`clear ${direction}`);
    return Promise.resolve();
  }

  reset(): Promise<void> {
    this.log.push("port reset");
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.log.push("close");
    return Promise.resolve();
  }

  async #answerIn(
    answer: InAnswer,
    what: string,
    options: TransferOptions,
  ): Promise<TransferInResult> {
    if (answer instanceof Error) throw answer;
    if (answer === "silence") return this.#silence(what, options);
    if (typeof answer === "string") return { status: answer, data: new Uint8Array(0) };
    return { status: "ok", data: answer };
  }

  async #answerOut(
    answer: OutAnswer,
    length: number,
    options: TransferOptions,
  ): Promise<TransferOutResult> {
    if (answer instanceof Error) throw answer;
    if (answer === "silence") return this.#silence(`out ${length}`, options);
    return { status: answer, bytesWritten: answer === "ok" ? length : 0 };
  }

  #silence(what: string, { timeoutMs = 5_000, signal }: TransferOptions): Promise<never> {
    return new Promise((_resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", cancel);
        reject(new UsbTimeoutError(what, timeoutMs));
      }, timeoutMs);
      const cancel = (): void => {
        clearTimeout(timer);
        this.log.push(`cancelled ${what}`);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }
}
