import type {
  TransferInResult,
  TransferOptions,
  TransferOutResult,
  UsbConnection,
} from "../usb/connection.js";
import type { Cancellation } from "./cancellation.js";
import { commandStatusWrapperLength } from "./command-status-wrapper.js";
import type { CommandBlock } from "./command-transport.js";
import { waitAtMost } from "./recovery.js";

/**
 * The transfers of one command. They are submitted as early as the connection allows and awaited in
 * the order of the protocol; when the command is over, all of them are.
 */
export class CommandPhases {
  readonly #connection: UsbConnection;
  readonly #deadline: number;
  readonly #cancellation: Cancellation;
  readonly #signal: AbortSignal | undefined;
  #command: Promise<TransferOutResult> | undefined;
  #dataIn: Promise<TransferInResult> | undefined;
  #dataOut: Promise<TransferOutResult> | undefined;
  #status: Promise<TransferInResult> | undefined;
  #clearing: Promise<void> = Promise.resolve();

  /**
   * The deadline, in milliseconds from now, the cancellation and the signal end every transfer.
   * Throws the signal's reason where it is aborted already.
   */
  constructor(
    connection: UsbConnection,
    cancellation: Cancellation,
    timeoutMs: number,
    signal?: AbortSignal,
  ) {
    signal?.throwIfAborted();
    this.#connection = connection;
    this.#cancellation = cancellation;
    this.#deadline = performance.now() + timeoutMs;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  submitCommand(wrapper: Uint8Array): void {
    this.#command = observed(this.#connection.transferOut(wrapper, this.#options()));
  }

  submitData(block: CommandBlock): void {
    if (block.direction === "in") {
      const options = { ...this.#options(), ...(block.into && { into: block.into }) };
      this.#dataIn = observed(this.#connection.transferIn(block.transferLength, options));
    } else if (block.data !== undefined) {
      this.#dataOut = observed(this.#connection.transferOut(block.data, this.#options()));
    }
  }

  submitStatus(): void {
    const transfer = this.#connection.transferIn(commandStatusWrapperLength, this.#options());
    this.#status = observed(transfer);
  }

  async command(): Promise<TransferOutResult> {
    return submitted(this.#command);
  }

  async dataIn(): Promise<TransferInResult> {
    return submitted(this.#dataIn);
  }

  async dataOut(): Promise<TransferOutResult> {
    return submitted(this.#dataOut);
  }

  /** The submitted status; undefined where it does not come within `graceMs` and was cancelled. */
  async status(graceMs: number): Promise<TransferInResult | undefined> {
    const status = submitted(this.#status);
    if (graceMs === Infinity) return status;
    return (await settlesWithin(status, graceMs)) ? status : this.cancelStatus();
  }

  /** Takes back a status transfer that was submitted; resolves with what it brought even so. */
  async cancelStatus(): Promise<TransferInResult | undefined> {
    const status = this.#status;
    if (status === undefined) return undefined;
    this.#status = undefined;
    this.#cancellation.cancel();
    return status.catch(() => undefined);
  }

  /** Clears a halt, and waits for that no longer than the command may take. */
  async clearHalt(direction: "in" | "out"): Promise<void> {
    this.#clearing = observed(this.#connection.clearHalt(direction));
    const what = `Clearing the halt of ${this.#connection.info.location}`;
    await waitAtMost(this.#clearing, what, this.#timeLeftMs, this.#signal);
  }

  /** Settles with a halt that is being cleared; nobody can take that back. */
  get cleared(): Promise<void> {
    return this.#clearing;
  }

  /** Reads the status now, whatever was submitted before has ended. */
  async readStatus(): Promise<TransferInResult> {
    this.submitStatus();
    return submitted(this.#status);
  }

  get statusSubmitted(): boolean {
    return this.#status !== undefined;
  }

  /** Cancels every transfer, and waits until all of them are over. */
  async cancel(): Promise<void> {
    this.#cancellation.cancel();
    await Promise.allSettled(
      [this.#command, this.#dataIn, this.#dataOut, this.#status].filter(
        (transfer) => transfer !== undefined,
      ),
    );
  }

  /** Lets go of the signal. */
  end(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#cancellation.cancel(this.#signal?.reason);
  };

  /** Throws where the command was given up while a phase of it ended by itself. */
  #options(): TransferOptions {
    this.#signal?.throwIfAborted();
    return { timeoutMs: this.#timeLeftMs, signal: this.#cancellation.signal };
  }

  get #timeLeftMs(): number {
    return Math.max(1, Math.ceil(this.#deadline - performance.now()));
  }
}

/** Marks a rejection as seen: the transfer is awaited, but perhaps only after it has failed. */
function observed<Result>(transfer: Promise<Result>): Promise<Result> {
  transfer.catch(() => undefined);
  return transfer;
}

function submitted<Result>(transfer: Promise<Result> | undefined): Promise<Result> {
  if (transfer === undefined) throw new Error("this phase was never submitted");
  return transfer;
}

function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
