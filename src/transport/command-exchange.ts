import type { TransferInResult, UsbConnection } from "../usb/connection.js";
import type { CommandPhases } from "./command-phases.js";
import {
  commandStatusWrapperLength,
  cswStatus,
  parseCommandStatusWrapper,
  type CommandStatusWrapper,
} from "./command-status-wrapper.js";
import type { CommandBlock, CommandOutcome } from "./command-transport.js";
import { TransportError } from "./errors.js";
import type { BridgeQuirks } from "./quirks.js";

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

/**
 * The three phases of a command with one device, Bulk-Only Transport 1.0, 5.3: what is handed over
 * when, what a stall means where, and which status is believed.
 */
export class CommandExchange {
  readonly #connection: UsbConnection;
  readonly #quirks: BridgeQuirks;
  #losesQueuedStatus: boolean;
  #ignoresResidue: boolean;
  /**
   * Whether the tags of this device are right. One that never had one right is doubted after its first
   * wrong one, and lies where the next is wrong as well, though all before was cleared away.
   */
  #tags: "untried" | "wrong once" | "doubted" | "right" | "lies";

  constructor(connection: UsbConnection, quirks: BridgeQuirks) {
    this.#connection = connection;
    this.#quirks = quirks;
    this.#losesQueuedStatus = quirks.noQueuedStatus === true;
    this.#ignoresResidue = quirks.ignoreResidue === true;
    this.#tags = quirks.ignoreTag === true ? "lies" : "untried";
  }

  /**
   * After a command that failed: whether that was for a tag that may have been a lie, so that it is
   * worth while to recover and to send the command once more.
   */
  doubtsTags(): boolean {
    if (this.#tags !== "wrong once") return false;
    this.#tags = "doubted";
    return true;
  }

  /**
   * Carries one command over `phases`; `wrapper` is its CBW, with the tag `tag`. Throws
   * `TransportError` where the device breaks the protocol: it then wants to be recovered.
   */
  async run(
    phases: CommandPhases,
    wrapper: Uint8Array,
    block: CommandBlock,
    tag: number,
  ): Promise<CommandOutcome> {
    const queues = this.#connection.limits.queuesTransfers && this.#quirks.goSlow !== true;
    const hasData = block.direction !== "none" && block.transferLength > 0;

    phases.submitCommand(wrapper);
    if (queues && hasData) phases.submitData(block);
    // Behind data to the host that stall, the status has to be cancelled.
    const mayBeCancelled = this.#connection.limits.cancelsTransfers || block.direction !== "in";
    if (queues && mayBeCancelled && !this.#losesQueuedStatus) phases.submitStatus();

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
    if (sent.status === "stall") await phases.clearHalt("out");
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
      await phases.clearHalt("in");
      return { data, status: this.#statusIn(queued?.data, tag) };
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
    const status = this.#statusIn(received.subarray(end), tag);
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
      if (received === undefined) this.#losesQueuedStatus = true;
    }
    received ??= await phases.readStatus();
    if (received.status === "stall") {
      // 5.3.3: a stalled status is read once more.
      await phases.clearHalt("in");
      received = await phases.readStatus();
    } else if (received.status === "ok" && received.data.length === 0) {
      // Some devices end a padded data phase with an empty packet too many.
      received = await phases.readStatus();
    }
    const wrapper = received.status === "ok" ? this.#statusIn(received.data, tag) : undefined;
    if (wrapper === undefined) {
      throw new TransportError("INVALID_STATUS", block.name, "the drive sent no valid status");
    }
    return wrapper;
  }

  /** The CSW in `data`, if it is one and answers the CBW with this tag (6.3, "valid"). */
  #statusIn(data: Uint8Array | undefined, tag: number): CommandStatusWrapper | undefined {
    const wrapper = data && parseCommandStatusWrapper(data);
    if (wrapper === undefined || this.#tags === "lies") return wrapper;
    if (wrapper.tag === tag) {
      this.#tags = "right";
      return wrapper;
    }
    if (this.#tags === "doubted") {
      this.#tags = "lies";
      return wrapper;
    }
    if (this.#tags === "untried") this.#tags = "wrong once";
    return undefined;
  }

  /** A reply that is known to be whole, and that came whole, has no residue: else the bridge lies. */
  #judgeResidue(block: CommandBlock, data: Uint8Array, wrapper: CommandStatusWrapper): void {
    const { cdb, transferLength } = block;
    const isWhole = data.length === transferLength && fixedReplies.get(cdb[0]) === transferLength;
    const claimsResidue = wrapper.status === cswStatus.passed && wrapper.dataResidue > 0;
    if (isWhole && claimsResidue) this.#ignoresResidue = true;
  }

  /** 6.3, "meaningful": only such a status is believed. */
  #outcome(block: CommandBlock, data: Uint8Array, wrapper: CommandStatusWrapper): CommandOutcome {
    if (wrapper.status === cswStatus.phaseError) {
      throw new TransportError("PHASE_ERROR", block.name, "the drive reports a phase error");
    }
    this.#judgeResidue(block, data, wrapper);
    const reported = this.#ignoresResidue ? 0 : wrapper.dataResidue;
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
}

/** Bytes of INQUIRY data that every device has, and of READ CAPACITY data, by operation code. */
const fixedReplies: ReadonlyMap<number | undefined, number> = new Map([
  [0x12, 36],
  [0x25, 8],
]);

/** At least the 125 microseconds that slow bridges want. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
