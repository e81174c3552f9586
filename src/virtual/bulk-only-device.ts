import { answerTo, refusalOf, type Answer } from "./answer.js";
import { BulkInPipe } from "./bulk-in-pipe.js";
import { BulkOutPipe } from "./bulk-out-pipe.js";
import type { BulkInOutcome, BulkOutOutcome, PendingTransfer } from "./bulk-transfer.js";
import { nothing } from "./bytes.js";
import { readCbw, type CommandBlockWrapper } from "./command-block-wrapper.js";
import { ControlEndpoint, type ControlOutcome, type SetupPacket } from "./control-endpoint.js";
import {
  BULK_IN_ENDPOINT,
  BULK_OUT_ENDPOINT,
  maxPacketBytes,
  type UsbIdentity,
  type UsbSpeed,
} from "./descriptors.js";
import { distort, faultsIn, holdOf } from "./faults/distort.js";
import { FaultyRequests } from "./faults/requests.js";
import type { FaultSource, Strike } from "./faults/script.js";
import type { Reply } from "./reply.js";
import type { Sense } from "./sense.js";

/** What executes the commands: a `VirtualDrive`. */
export interface BulkOnlyTarget {
  readonly identity: { readonly serial: string };
  parameterLength(cdb: Uint8Array): number;
  execute(cdb: Uint8Array, parameters: Uint8Array, hostLength: number): Reply | Promise<Reply>;
  reset(): void;
  /** The next command fails with this sense data. */
  failNext(sense: Sense): void;
  /** Takes the disc out and puts it in again. */
  reinsertDisc(): void;
}

export interface BulkOnlyDeviceOptions {
  /** Default `"high"`: packets of 512 bytes, where `"super"` has 1024. */
  readonly speed?: UsbSpeed;
  /** Default: 1209:0001, a number set aside for tests. */
  readonly usb?: Partial<UsbIdentity>;
  /** What goes wrong. Default: nothing does. */
  readonly faults?: FaultSource;
}

/**
 * - `command`: waits for a CBW.
 * - `parameters`: collects a data-out phase.
 * - `busy`: a command runs, or never ends.
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
  /** What goes wrong from now on. */
  faults: FaultSource | undefined;

  readonly #target: BulkOnlyTarget;
  readonly #in: BulkInPipe;
  readonly #out: BulkOutPipe;
  readonly #control: ControlEndpoint;
  readonly #requests: FaultyRequests;
  readonly #unplugListeners = new Set<() => void>();
  #configured = false;
  #phase: Phase = "command";
  #parameters: ParameterPhase | undefined;
  /** What goes wrong with the command that came last. */
  #strikes: readonly Strike[] = [];
  /** Counts resets, so that a command that outlives one answers nobody. */
  #epoch = 0;

  constructor(target: BulkOnlyTarget, options: BulkOnlyDeviceOptions = {}) {
    this.#target = target;
    this.speed = options.speed ?? "high";
    this.maxPacketBytes = maxPacketBytes(this.speed);
    this.faults = options.faults;
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
    this.#requests = new FaultyRequests(
      (setup) => this.#control.request(setup),
      () => this.unplug(),
    );
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
    return this.#requests.submit(setup, this.faults, complete);
  }

  /** Ends every waiting bulk transfer as `"cancelled"`. */
  cancelBulkTransfers(): void {
    this.#in.cancelAll();
    this.#out.cancelAll();
  }

  /** Ends every waiting transfer as `"cancelled"`, as a host does that goes away. */
  cancelTransfers(): void {
    this.cancelBulkTransfers();
    this.#requests.cancelAll();
  }

  /** Calls `listener` when the device is unplugged; what is returned ends that. */
  onUnplug(listener: () => void): () => void {
    this.#unplugListeners.add(listener);
    return () => void this.#unplugListeners.delete(listener);
  }

  /**
   * Pulls the plug: those who hold the device let go of it, and it has lost its power. It can be
   * plugged in again wherever it was.
   */
  unplug(): void {
    for (const listener of [...this.#unplugListeners]) listener();
    this.busReset();
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
      refuses: (packets: Uint8Array) => this.#refuses(packets),
      accept: (packets: Uint8Array) => this.#accept(packets),
    };
  }

  #outCapacity(): number {
    if (this.#phase === "command") return this.maxPacketBytes;
    if (this.#phase !== "parameters" || !this.#parameters) return 0;
    const left = this.#parameters.wanted - this.#parameters.received;
    return Math.ceil(left / this.maxPacketBytes) * this.maxPacketBytes;
  }

  /** Where the first fault of a command may strike: its CBW is not taken. */
  #refuses(packets: Uint8Array): boolean {
    if (this.#phase !== "command") return false;
    const cbw = this.faults && readCbw(packets);
    this.#strikes = (cbw && this.faults?.onCommand(cbw.cdb)) ?? [];
    const kinds = faultsIn("command", this.#strikes).map(({ kind }) => kind);
    if (kinds.includes("unplug")) this.unplug();
    else if (kinds.includes("silence")) this.#phase = "busy";
    return kinds.includes("stall");
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
    this.#afterHolds("command", () => this.#begin(cbw));
  }

  #begin(cbw: CommandBlockWrapper): void {
    for (const fault of faultsIn("command", this.#strikes)) {
      if (fault.kind === "sense") this.#target.failNext(fault.sense);
      if (fault.kind === "drive-reset") this.#target.reset();
      if (fault.kind === "disc-change") this.#target.reinsertDisc();
    }
    const wanted = this.#target.parameterLength(cbw.cdb);
    if (wanted > 0) this.#expectParameters(cbw, wanted);
    else this.#execute(cbw, nothing);
  }

  /** Goes on once no fault of this phase holds the device back any more, unless there was a reset. */
  #afterHolds(phase: "command" | "data", goOn: () => void): void {
    const epoch = this.#epoch;
    const holds = faultsIn(phase, this.#strikes).flatMap(
      (fault) => holdOf(fault, () => this.unplug()) ?? [],
    );
    const next = (): void => {
      if (epoch !== this.#epoch) return;
      const hold = holds.shift();
      if (hold) hold(next);
      else goOn();
    };
    next();
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
    const refusal = refusalOf(cbw, wanted);
    if (refusal) {
      this.#answer(cbw, refusal);
      return;
    }
    this.#afterHolds("data", () => {
      if (faultsIn("data", this.#strikes).some(({ kind }) => kind === "stall")) {
        const residue = cbw.transferLength;
        this.#answer(cbw, { ...noAnswer, haltsOut: true, residue, status: "failed" });
        return;
      }
      this.#parameters = { cbw, wanted, buffer: new Uint8Array(wanted), received: 0 };
      this.#phase = "parameters";
      this.#out.pump();
    });
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
      const residue = Math.max(0, cbw.transferLength - total);
      this.#answer(cbw, { ...noAnswer, residue, status: "phaseError" });
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
      this.#answer(cbw, answerTo(cbw, parameters.length, reply));
      return;
    }
    void reply.then((settled) => {
      if (epoch === this.#epoch) this.#answer(cbw, answerTo(cbw, parameters.length, settled));
    });
  }

  #answer({ tag, transferLength, toHost }: CommandBlockWrapper, answer: Answer): void {
    this.#phase = "status";
    if (answer.haltsOut) this.#out.halt();
    const tookData = transferLength > 0 && !toHost;
    const strikes = tookData
      ? this.#strikes.filter(({ phase }) => phase !== "data") // they have struck
      : this.#strikes;
    this.#in.put(...distort(answer, tag, strikes, () => this.unplug()));
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

const noAnswer = { data: nothing, haltsIn: false, haltsOut: false } as const;

/** A transfer that was over before it began to wait. */
const ended: PendingTransfer = { cancel: () => undefined };
