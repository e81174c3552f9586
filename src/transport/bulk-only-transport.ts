import { SerialQueue } from "../serial-queue.js";
import type { UsbConnection, UsbDeviceInfo } from "../usb/connection.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import { Cancellation } from "./cancellation.js";
import { packCommandBlockWrapper } from "./command-block-wrapper.js";
import { CommandExchange } from "./command-exchange.js";
import { CommandPhases } from "./command-phases.js";
import type {
  CommandBlock,
  CommandOutcome,
  CommandTransport,
  ExecuteOptions,
} from "./command-transport.js";
import { recoverDevice, waitAtMost } from "./recovery.js";
import { quirksOf, type BridgeQuirks, type QuirkTable } from "./quirks.js";

/** Bulk-Only Transport 1.0, 3.2. */
const getMaxLun = 0xfe;
const highestPossibleLun = 15;

/** Milliseconds for a command that asks for no other deadline. */
const defaultCommandTimeoutMs = 10_000;

export interface BulkOnlyTransportOptions {
  /** What is wrong with bridges, where that is known better; see `parseQuirks`. */
  readonly quirks?: QuirkTable;
}

/**
 * USB Mass Storage Class, Bulk-Only Transport, revision 1.0.
 *
 * Where the connection can queue, CBW, data and CSW are handed over together, so that a command
 * costs one round trip. After anything that leaves the device in an unknown state, reset recovery
 * (5.3.4) comes before the next CBW.
 */
export class BulkOnlyTransport implements CommandTransport {
  readonly device: UsbDeviceInfo;
  readonly maxTransferBytes: number;
  readonly maxLun: number;
  readonly quirks: BridgeQuirks;

  readonly #connection: UsbConnection;
  readonly #exchange: CommandExchange;
  readonly #queue = new SerialQueue();
  readonly #cancellation = new Cancellation();
  #closedError: UsbDisconnectedError | undefined;
  #closed: Promise<void> | undefined;
  #recoveryNeeded = false;
  #recovery: Promise<void> | undefined;
  /** A halt that was being cleared when a command was given up. */
  #cleared: Promise<void> = Promise.resolve();
  #lastTag = 0;

  /** Takes the connection over: closing the transport closes it. */
  static async open(
    connection: UsbConnection,
    options: BulkOnlyTransportOptions = {},
  ): Promise<BulkOnlyTransport> {
    const quirks = quirksOf(connection.info, options.quirks);
    const maxLun = quirks.singleLun === true ? 0 : await readMaxLun(connection);
    return new BulkOnlyTransport(connection, quirks, maxLun);
  }

  private constructor(connection: UsbConnection, quirks: BridgeQuirks, maxLun: number) {
    this.device = connection.info;
    this.maxTransferBytes = Math.min(
      connection.limits.maxTransferBytes,
      quirks.maxTransferBytes ?? Infinity,
    );
    this.maxLun = maxLun;
    this.quirks = quirks;
    this.#connection = connection;
    this.#exchange = new CommandExchange(connection, quirks);
  }

  /**
   * Sends one command and waits for its status. The deadline counts from when the command's turn
   * has come, and includes the recovery from the one before, which goes on where it takes longer.
   * Throws `TransportError` where the device breaks the protocol, `UsbTimeoutError`,
   * `UsbDisconnectedError`, or the signal's reason.
   */
  execute(lun: number, block: CommandBlock, options: ExecuteOptions = {}): Promise<CommandOutcome> {
    return this.#queue.run(() => this.#carry(lun, block, options), options.signal);
  }

  /** Ends what is under way, leaves the device ready for its next user, and closes the connection. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closedError = new UsbDisconnectedError(`${this.device.location} was closed`);
    this.#cancellation.end(this.#closedError);
    try {
      await this.#queue.run(() => this.#recoverIfNeeded());
    } catch {
      // A device that cannot be recovered now is its next user's to reset; it must still be released.
    } finally {
      await this.#connection.close();
    }
  }

  async #carry(lun: number, block: CommandBlock, options: ExecuteOptions): Promise<CommandOutcome> {
    try {
      return await this.#attempt(lun, block, options);
    } catch (error) {
      if (!this.#exchange.doubtsTags() || !isHarmless(block)) throw error;
      return this.#attempt(lun, block, options);
    }
  }

  async #attempt(
    lun: number,
    block: CommandBlock,
    options: ExecuteOptions,
  ): Promise<CommandOutcome> {
    const { timeoutMs = defaultCommandTimeoutMs, signal } = options;
    const startedAt = performance.now();
    await this.#beReady(timeoutMs, signal);
    const tag = this.#nextTag();
    const wrapper = packCommandBlockWrapper(tag, lun, block);
    if (this.#closedError !== undefined) throw this.#closedError;
    const timeLeftMs = timeoutMs - (performance.now() - startedAt);
    const phases = new CommandPhases(this.#connection, this.#cancellation, timeLeftMs, signal);
    try {
      return await this.#exchange.run(phases, wrapper, block, tag);
    } catch (error) {
      await phases.cancel();
      this.#cleared = phases.cleared;
      this.#recoveryNeeded = !this.#meansThatDeviceHasGone(error);
      throw error;
    } finally {
      phases.end();
    }
  }

  /** Our own closing is told in the same words, but leaves a device that wants to be recovered. */
  #meansThatDeviceHasGone(error: unknown): boolean {
    return error instanceof UsbDisconnectedError && error !== this.#closedError;
  }

  async #beReady(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.#recoveryNeeded) return;
    const what = `The recovery of ${this.device.location} from the command before`;
    await waitAtMost(this.#recoverIfNeeded(), what, timeoutMs, signal);
  }

  /** Joins a recovery that is under way: nobody can take back what it has begun. */
  async #recoverIfNeeded(): Promise<void> {
    if (this.#recoveryNeeded) await (this.#recovery ??= this.#recover());
  }

  async #recover(): Promise<void> {
    try {
      await this.#cleared.catch(() => undefined);
      await recoverDevice(this.#connection);
      this.#recoveryNeeded = false;
    } finally {
      this.#recovery = undefined;
    }
  }

  #nextTag(): number {
    this.#lastTag = (this.#lastTag % 0xffffffff) + 1;
    return this.#lastTag;
  }
}

/** TEST UNIT READY and INQUIRY can be sent twice, whatever became of the first. */
function isHarmless({ cdb }: CommandBlock): boolean {
  return cdb[0] === 0x00 || cdb[0] === 0x12;
}

/** Devices with one logical unit may stall this request (3.2), and some answer nonsense. */
async function readMaxLun(connection: UsbConnection): Promise<number> {
  try {
    const { status, data } = await connection.classRequestIn(getMaxLun, 0, 1);
    const maxLun = status === "ok" ? (data[0] ?? 0) : 0;
    return maxLun <= highestPossibleLun ? maxLun : 0;
  } catch (error) {
    if (error instanceof UsbDisconnectedError) throw error;
    return 0;
  }
}
