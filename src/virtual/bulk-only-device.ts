import { BulkInPipe } from "./bulk-in-pipe.js";
import { BulkOutPipe } from "./bulk-out-pipe.js";
import type { BulkInOutcome, BulkOutOutcome, PendingTransfer } from "./bulk-transfer.js";
import { nothing } from "./bytes.js";
import {
  encodeCsw,
  readCbw,
  type CommandBlockWrapper,
  type CswStatus,
} from "./command-block-wrapper.js";
import { ControlEndpoint, type ControlOutcome, type SetupPacket } from "./control-endpoint.js";
import {
  BULK_IN_ENDPOINT,
  BULK_OUT_ENDPOINT,
  maxPacketBytes,
  type UsbIdentity,
  type UsbSpeed,
} from "./descriptors.js";
import type { Reply } from "./reply.js";

/** What executes the commands: a `VirtualDrive`. */
export interface BulkOnlyTarget {
  readonly identity: { readonly serial: string };
  parameterLength(cdb: Uint8Array): number;
  execute(cdb: Uint8Array, parameters: Uint8Array, hostLength: number): Reply | Promise<Reply>;
  reset(): void;
}

export interface BulkOnlyDeviceOptions {
  /** Default `"high"`: packets of 512 bytes, where `"super"` has 1024. */
  readonly speed?: UsbSpeed;
  /** Default: 1209:0001, a number set aside for tests. */
  readonly usb?: Partial<UsbIdentity>;
}

/**
 * - `command`: waits for a CBW.
 * - `parameters`: collects a data-out phase.
 * - `busy`: a command runs.
 * - `status`: data or a CSW wait to be fetched; until they are, no CBW is taken.
 * - `recovery`: after a bad CBW both pipes stall, whatever the host clears, until it resets (6.6.1).
 */
type Phase = "command" | "parameters" | "busy" | "status" | "recovery";

/** The data-out phase of a command, as it comes in. */
interface ParameterPhase {
  readonly cbw: CommandBlockWrapper;
  readonly wanted: number;
  readonly buffer: Uint8Array;
  received: number;
}

/**
 * The device side of USB Mass Storage Bulk-Only Transport 1.0, compliant to the letter: it stalls
 * wherever it may. Its host is whoever calls `transferIn`, `transferOut` and `control`.
 */
export class BulkOnlyDevice {
  readonly speed: UsbSpeed;
  readonly identity: UsbIdentity;
  readonly maxPacketBytes: number;

  readonly #target: BulkOnlyTarget;
  readonly #in: BulkInPipe;
  readonly #out: BulkOutPipe;
  readonly #control: ControlEndpoint;
  #configured = false;
  #phase: Phase = "command";
  #parameters: ParameterPhase | undefined;
  /** Counts resets, so that a command that outlives one answers nobody. */
  #epoch = 0;

  constructor(target: BulkOnlyTarget, options: BulkOnlyDeviceOptions = {}) {
    this.#target = target;
    this.speed = options.speed ?? "high";
    this.maxPacketBytes = maxPacketBytes(this.speed);
    this.identity = {
      vendorId: 0x1209,
      productId: 0x0001,
      deviceVersion: 0x0100,
      manufacturer: "usb-dvd",
      product: "Virtual DVD drive",
      serial: target.identity.serial,
      ...options.usb,
    };
    this.#in = new BulkInPipe(this.maxPacketBytes, () => this.#collected());
    this.#out = new BulkOutPipe(this.#outSink());
    this.#control = new ControlEndpoint(this.identity, this.speed, this.#controlTarget());
  }

  /** Whether SET_CONFIGURATION has chosen the one configuration. */
  get configured(): boolean {
    return this.#configured;
  }

  /** Asks for `length` bytes on bulk-IN. An unconfigured device has no such endpoint: a stall. */
  transferIn(length: number, complete: (outcome: BulkInOutcome) => void): PendingTransfer {
    if (this.#configured) return this.#in.submit(length, complete);
    complete({ status: "stall", data: nothing });
    return ended;
  }

  /** Sends `data` on bulk-OUT; the bytes are free again when this returns. */
  transferOut(data: Uint8Array, complete: (outcome: BulkOutOutcome) => void): PendingTransfer {
    if (this.#configured) return this.#out.submit(data, complete);
    complete({ status: "stall", bytesWritten: 0 });
    return ended;
  }

  /** A request on the control pipe. Of those with data to the device, none is heeded. */
  control(setup: SetupPacket, complete: (outcome: ControlOutcome) => void): PendingTransfer {
    complete(this.#control.request(setup));
    return ended;
  }

  /** Ends every waiting bulk transfer as `"cancelled"`. */
  cancelBulkTransfers(): void {
    this.#in.cancelAll();
    this.#out.cancelAll();
  }

  /** Ends every waiting transfer as `"cancelled"`, as a host does that goes away. */
  cancelTransfers(): void {
    this.cancelBulkTransfers();
  }

  /** A reset on the bus: unconfigured, and the drive reports a unit attention. */
  busReset(): void {
    this.cancelTransfers();
    this.#configured = false;
    this.#startOver();
    this.#target.reset();
  }

  #outSink() {
    const capacity = () => this.#outCapacity();
    return {
      get capacity() {
        return capacity();
      },
      accept: (packets: Uint8Array) => this.#accept(packets),
    };
  }

  #outCapacity(): number {
    if (this.#phase === "command") return this.maxPacketBytes;
    if (this.#phase !== "parameters" || !this.#parameters) return 0;
    const left = this.#parameters.wanted - this.#parameters.received;
    return Math.ceil(left / this.maxPacketBytes) * this.maxPacketBytes;
  }

  #accept(packets: Uint8Array): void {
    if (this.#phase === "parameters" && this.#parameters) {
      this.#collect(this.#parameters, packets);
      return;
    }
    const cbw = readCbw(packets);
    if (!cbw) {
      this.#refuseUntilRecovery();
      return;
    }
    this.#phase = "busy";
    const wanted = this.#target.parameterLength(cbw.cdb);
    if (wanted > 0) this.#expectParameters(cbw, wanted);
    else this.#execute(cbw, nothing);
  }

  /** 6.6.1: both pipes stall. */
  #refuseUntilRecovery(): void {
    this.#phase = "recovery";
    this.#in.discard();
    this.#in.halt();
    this.#out.halt();
  }

  /** The host's idea of the data phase against a command that wants data: cases 3, 8, 11 to 13. */
  #expectParameters(cbw: CommandBlockWrapper, wanted: number): void {
    if (cbw.transferLength === 0) {
      this.#finish(cbw, 0, "phaseError");
    } else if (cbw.toHost) {
      this.#in.haltAfterData();
      this.#finish(cbw, cbw.transferLength, "phaseError");
    } else if (cbw.transferLength < wanted) {
      this.#out.halt();
      this.#finish(cbw, cbw.transferLength, "phaseError");
    } else {
      this.#parameters = { cbw, wanted, buffer: new Uint8Array(wanted), received: 0 };
      this.#phase = "parameters";
    }
  }

  #collect(parameters: ParameterPhase, packets: Uint8Array): void {
    const { cbw, wanted, buffer } = parameters;
    const total = parameters.received + packets.length;
    buffer.set(packets.subarray(0, wanted - parameters.received), parameters.received);
    parameters.received = Math.min(total, wanted);
    const endsShort = packets.length % this.maxPacketBytes !== 0 || packets.length === 0;
    if (total < wanted && !endsShort) return;
    this.#parameters = undefined;
    this.#phase = "busy";
    // A host that stops early, or sends more than its CBW said, has lost the thread.
    if (total < wanted || total > cbw.transferLength) {
      this.#finish(cbw, Math.max(0, cbw.transferLength - total), "phaseError");
      return;
    }
    if (total < cbw.transferLength) this.#out.halt();
    this.#execute(cbw, buffer);
  }

  #execute(cbw: CommandBlockWrapper, parameters: Uint8Array): void {
    const epoch = this.#epoch;
    const hostLength = cbw.toHost ? cbw.transferLength : 0;
    const reply = this.#target.execute(cbw.cdb, parameters, hostLength);
    if (!(reply instanceof Promise)) {
      this.#answer(cbw, parameters.length, reply);
      return;
    }
    void reply.then((settled) => {
      if (epoch === this.#epoch) this.#answer(cbw, parameters.length, settled);
    });
  }

  /** The data phase to the host, if there is one, and the status: the other cases of 6.7. */
  #answer(cbw: CommandBlockWrapper, received: number, reply: Reply): void {
    const { transferLength, toHost } = cbw;
    const { dataIn, intendedLength } = reply;
    const outcome: CswStatus = reply.status === 0x00 ? "passed" : "failed";
    if (transferLength === 0) {
      this.#finish(cbw, 0, intendedLength > 0 ? "phaseError" : outcome); // 1, 2
    } else if (!toHost) {
      if (received === 0) this.#out.halt();
      this.#finish(cbw, transferLength - received, intendedLength > 0 ? "phaseError" : outcome); // 9 to 12
    } else {
      const sent = Math.min(dataIn.length, transferLength);
      if (sent > 0) this.#in.send(dataIn.length > sent ? dataIn.subarray(0, sent) : dataIn);
      if (sent < transferLength) this.#in.haltAfterData(); // 4, 5
      const overruns = intendedLength > transferLength; // 7
      this.#finish(cbw, transferLength - sent, overruns ? "phaseError" : outcome);
    }
  }

  #finish({ tag }: CommandBlockWrapper, residue: number, status: CswStatus): void {
    this.#phase = "status";
    this.#in.send(encodeCsw(tag, residue, status));
  }

  /** The host has fetched all there was: after a CSW, the next CBW may come. */
  #collected(): void {
    if (this.#phase !== "status") return;
    this.#phase = "command";
    this.#out.pump();
  }

  #controlTarget() {
    const isConfigured = () => this.#configured;
    return {
      get configured() {
        return isConfigured();
      },
      isHalted: (endpoint: number) =>
        (endpoint === BULK_IN_ENDPOINT && this.#in.halted) ||
        (endpoint === BULK_OUT_ENDPOINT && this.#out.halted),
      setHalt: (endpoint: number, halted: boolean) => this.#setHalt(endpoint, halted),
      setConfiguration: (value: number) => {
        this.#configured = value !== 0;
        this.#startOver();
      },
      setInterface: () => this.#startOver(),
      massStorageReset: () => this.#abandonCommand(),
    };
  }

  #setHalt(endpoint: number, halted: boolean): void {
    if (!halted && this.#phase === "recovery") return;
    if (endpoint === BULK_IN_ENDPOINT) {
      if (halted) this.#in.halt();
      else this.#in.clearHalt();
    } else if (endpoint === BULK_OUT_ENDPOINT) {
      if (halted) this.#out.halt();
      else this.#out.clearHalt();
    }
  }

  /** 3.1: ready for a CBW, while halted pipes stay halted until they are cleared. */
  #abandonCommand(): void {
    this.#epoch++;
    this.#parameters = undefined;
    this.#phase = "command";
    this.#in.discard();
    this.#out.pump();
  }

  /** A new configuration or alternate setting clears halts, too (USB 2.0, 9.4.5). */
  #startOver(): void {
    this.#abandonCommand();
    this.#in.clearHalt();
    this.#out.clearHalt();
  }
}

/** A transfer that was over before it began to wait. */
const ended: PendingTransfer = { cancel: () => undefined };
