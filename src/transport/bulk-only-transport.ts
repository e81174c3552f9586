import { SerialQueue } from "../serial-queue.js";
import type { TransferInResult, UsbConnection, UsbDeviceInfo } from "../usb/connection.js";
import { UsbDisconnectedError } from "../usb/errors.js";
import { packCommandBlockWrapper } from "./command-block-wrapper.js";
import { Cancellation } from "./cancellation.js";
import { CommandPhases } from "./command-phases.js";
import {
  commandStatusWrapperLength,
  cswStatus,
  parseCommandStatusWrapper,
  type CommandStatusWrapper,
} from "./command-status-wrapper.js";
import type {
  CommandBlock,
  CommandOutcome,
  CommandTransport,
  ExecuteOptions,
} from "./command-transport.js";
import { TransportError } from "./errors.js";
import { quirksOf, type BridgeQuirks } from "./quirks.js";

/** Bulk-Only Transport 1.0, 3.1 and 3.2. */
const massStorageReset = 0xff;
const getMaxLun = 0xfe;
const highestPossibleLun = 15;

/** Milliseconds for a command that asks for no other deadline. */
const defaultCommandTimeoutMs = 10_000;

/** Milliseconds for each step of a recovery: a device that is alive answers these at once. */
const recoveryTimeoutMs = 2_000;

/**
 * A status that was queued behind the data, and that is not there this many milliseconds after it,
 * was lost: a device has nothing left to do between the two.
 */
const queuedStatusGraceMs = 1_000;

const noData = new Uint8Array(0);

/** What a data phase brought, and the status where it came with it. */
interface DataPhase {
  readonly data: Uint8Array;
  readonly status?: CommandStatusWrapper | undefined;
}

export interface BulkOnlyTransportOptions {
  /** In place of what is known of this bridge. */
  readonly quirks?: BridgeQuirks;
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

  readonly #connection: UsbConnection;
  readonly #quirks: BridgeQuirks;
  readonly #queue = new SerialQueue();
  readonly #cancellation = new Cancellation();
  #closedError: UsbDisconnectedError | undefined;
  #closed: Promise<void> | undefined;
  #queuesStatus: boolean;
  #recoveryNeeded = false;
  #lastTag = 0;

  /** Takes the connection over: closing the transport closes it. */
  static async open(
    connection: UsbConnection,
    options: BulkOnlyTransportOptions = {},
  ): Promise<BulkOnlyTransport> {
    const quirks = options.quirks ?? quirksOf(connection.info);
    return new BulkOnlyTransport(connection, quirks, await readMaxLun(connection));
  }

  private constructor(connection: UsbConnection, quirks: BridgeQuirks, maxLun: number) {
    this.device = connection.info;
    this.maxTransferBytes = Math.min(
      connection.limits.maxTransferBytes,
      quirks.maxTransferBytes ?? Infinity,
    );
    this.maxLun = maxLun;
    this.#connection = connection;
    this.#quirks = quirks;
    this.#queuesStatus = quirks.noQueuedStatus !== true;
  }

  /**
   * Sends one command and waits for its status. The deadline counts from when the command's turn
   * has come. Throws `TransportError` where the device breaks the protocol, `UsbTimeoutError`,
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
    this.#cancellation.cancel(this.#closedError);
    try {
      await this.#queue.run(() => this.#recoverIfNeeded());
    } catch {
      // A device that cannot be recovered now is its next user's to reset; it must still be released.
    } finally {
      await this.#connection.close();
    }
  }

  async #carry(lun: number, block: CommandBlock, options: ExecuteOptions): Promise<CommandOutcome> {
    await this.#recoverIfNeeded();
    const { timeoutMs = defaultCommandTimeoutMs, signal } = options;
    const tag = this.#nextTag();
    const wrapper = packCommandBlockWrapper(tag, lun, block);
    if (this.#closedError !== undefined) throw this.#closedError;
    const phases = new CommandPhases(this.#connection, this.#cancellation, timeoutMs, signal);
    try {
      return await this.#runPhases(phases, wrapper, block, tag);
    } catch (error) {
      await phases.cancel();
      this.#recoveryNeeded = !this.#meansThatDeviceHasGone(error);
      throw error;
    } finally {
      phases.end();
    }
  }

  async #runPhases(
    phases: CommandPhases,
    wrapper: Uint8Array,
    block: CommandBlock,
    tag: number,
  ): Promise<CommandOutcome> {
    const queues = this.#connection.limits.queuesTransfers && this.#quirks.goSlow !== true;
    const hasData = block.direction !== "none" && block.transferLength > 0;

    phases.submitCommand(wrapper);
    if (queues && hasData) phases.submitData(block);
    if (queues && this.#queuesStatus) phases.submitStatus();

    const command = await phases.command();
    if (command.status === "stall") {
      throw new TransportError(
        "COMMAND_REFUSED",
        block.name,
        "the drive stalled the command block",
      );
    }
    let ended: DataPhase = { data: noData };
    if (hasData) {
      if (!queues) {
        if (this.#quirks.goSlow === true) await pause();
        phases.submitData(block);
      }
      ended =
        block.direction === "in"
          ? await this.#endDataIn(phases, block, tag)
          : await this.#endDataOut(phases);
    }
    const status = ended.status ?? (await this.#readStatus(phases, block, tag));
    return this.#outcome(block, ended.data, status);
  }

  async #endDataOut(phases: CommandPhases): Promise<DataPhase> {
    const sent = await phases.dataOut();
    if (sent.status === "stall") await this.#connection.clearHalt("out");
    return { data: noData };
  }

  async #endDataIn(phases: CommandPhases, block: CommandBlock, tag: number): Promise<DataPhase> {
    const { status, data } = await phases.dataIn();
    if (status === "babble") {
      throw new TransportError("BABBLE", block.name, "the drive sent more than it was asked for");
    }
    if (status === "stall") {
      // What is queued behind a stall must be off the pipe before the halt is cleared.
      const queued = await phases.cancelStatus();
      await this.#connection.clearHalt("in");
      return { data, status: statusIn(queued?.data, tag) };
    }
    if (data.length < block.transferLength) return this.#splitEarlyStatus(phases, data, tag);
    return { data };
  }

  /**
   * A device that ends its data early, and on a packet's border, may send its CSW as the next
   * packet, which then closes the data transfer.
   */
  async #splitEarlyStatus(
    phases: CommandPhases,
    received: Uint8Array,
    tag: number,
  ): Promise<DataPhase> {
    const end = received.length - commandStatusWrapperLength;
    if (end < 0 || end % this.#connection.limits.maxPacketBytes !== 0) return { data: received };
    const status = statusIn(received.subarray(end), tag);
    if (status === undefined) return { data: received };
    await phases.cancelStatus();
    return { data: received.subarray(0, end), status };
  }

  async #readStatus(
    phases: CommandPhases,
    block: CommandBlock,
    tag: number,
  ): Promise<CommandStatusWrapper> {
    let received: TransferInResult | undefined;
    if (phases.statusSubmitted) {
      const graceMs = block.direction === "in" ? queuedStatusGraceMs : Infinity;
      received = await phases.status(graceMs);
      if (received === undefined) this.#queuesStatus = false;
    }
    received ??= await phases.readStatus();
    if (received.status === "stall") {
      // 5.3.3: a stalled status is read once more.
      await this.#connection.clearHalt("in");
      received = await phases.readStatus();
    } else if (received.status === "ok" && received.data.length === 0) {
      // Some devices end a padded data phase with an empty packet too many.
      received = await phases.readStatus();
    }
    const wrapper = received.status === "ok" ? statusIn(received.data, tag) : undefined;
    if (wrapper === undefined) {
      throw new TransportError("INVALID_STATUS", block.name, "the drive sent no valid status");
    }
    return wrapper;
  }

  /** 6.3, "meaningful": only such a status is believed. */
  #outcome(block: CommandBlock, data: Uint8Array, wrapper: CommandStatusWrapper): CommandOutcome {
    if (wrapper.status === cswStatus.phaseError) {
      throw new TransportError("PHASE_ERROR", block.name, "the drive reports a phase error");
    }
    const reported = this.#quirks.ignoreResidue === true ? 0 : wrapper.dataResidue;
    if (wrapper.status > cswStatus.phaseError || reported > block.transferLength) {
      throw new TransportError("INVALID_STATUS", block.name, "the drive sent a meaningless status");
    }
    const status = wrapper.status === cswStatus.passed ? "passed" : "failed";
    if (block.direction !== "in") return { status, data: noData, residue: reported };
    // Bytes past the residue are padding (6.7.2, case 5), whatever they hold.
    const valid = Math.min(data.length, block.transferLength - reported);
    return {
      status,
      data: valid === data.length ? data : data.subarray(0, valid),
      residue: block.transferLength - valid,
    };
  }

  /** Our own closing is told in the same words, but leaves a device that wants to be recovered. */
  #meansThatDeviceHasGone(error: unknown): boolean {
    return error instanceof UsbDisconnectedError && error !== this.#closedError;
  }

  async #recoverIfNeeded(): Promise<void> {
    if (!this.#recoveryNeeded) return;
    const options = { timeoutMs: recoveryTimeoutMs };
    const reset = await this.#connection.classRequestOut(massStorageReset, 0, options).then(
      ({ status }) => status === "ok",
      (error: unknown) => {
        if (error instanceof UsbDisconnectedError) throw error;
        return false;
      },
    );
    if (reset) {
      await this.#connection.clearHalt("in");
      await this.#connection.clearHalt("out");
    } else {
      await this.#connection.reset();
    }
    this.#recoveryNeeded = false;
  }

  #nextTag(): number {
    this.#lastTag = (this.#lastTag % 0xffffffff) + 1;
    return this.#lastTag;
  }
}

/** The CSW in `data`, if it is one and answers the CBW with this tag (6.3, "valid"). */
function statusIn(data: Uint8Array | undefined, tag: number): CommandStatusWrapper | undefined {
  const wrapper = data && parseCommandStatusWrapper(data);
  return wrapper?.tag === tag ? wrapper : undefined;
}

/** At least the 125 microseconds that slow bridges want. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
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
