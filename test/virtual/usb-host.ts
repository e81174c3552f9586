import { concat, hex } from "../bytes.js";
import {
  BulkOnlyDevice,
  type BulkOnlyDeviceOptions,
  type BulkOnlyTarget,
} from "../../src/virtual/bulk-only-device.js";
import type {
  BulkInOutcome,
  BulkOutOutcome,
  PendingTransfer,
} from "../../src/virtual/bulk-transfer.js";
import type { ControlOutcome } from "../../src/virtual/control-endpoint.js";

export const IN = 0x81;
export const OUT = 0x02;

/** A transfer that was submitted: `outcome` is there once it has ended. */
export interface Submitted<Outcome> extends PendingTransfer {
  outcome: Outcome | undefined;
}

/** The host's end of the wire, with requests as the standards name them. */
export class UsbHost {
  readonly device: BulkOnlyDevice;

  constructor(target: BulkOnlyTarget, options?: BulkOnlyDeviceOptions) {
    this.device = new BulkOnlyDevice(target, options);
    this.control("00 09 0100 0000 0000");
  }

  in(length: number): Submitted<BulkInOutcome> {
    let outcome: BulkInOutcome | undefined;
    const pending = this.device.transferIn(length, (ended) => (outcome = ended));
    return {
      cancel: () => pending.cancel(),
      get outcome() {
        return outcome;
      },
    };
  }

  out(data: Uint8Array): Submitted<BulkOutOutcome> {
    let outcome: BulkOutOutcome | undefined;
    const pending = this.device.transferOut(data, (ended) => (outcome = ended));
    return {
      cancel: () => pending.cancel(),
      get outcome() {
        return outcome;
      },
    };
  }

  /** A setup packet as it crosses the wire, its three words little-endian. */
  control(setup: string): ControlOutcome {
    const { outcome } = this.request(setup);
    if (!outcome) throw new Error(`The device did not answer ${setup} at once.`);
    return outcome;
  }

  /** A setup packet that the device may take its time to answer. */
  request(setup: string): Submitted<ControlOutcome> {
    const view = new DataView(hex(setup).buffer);
    let outcome: ControlOutcome | undefined;
    const pending = this.device.control(
      {
        requestType: view.getUint8(0),
        request: view.getUint8(1),
        value: view.getUint16(2, true),
        index: view.getUint16(4, true),
        length: view.getUint16(6, true),
      },
      (ended) => (outcome = ended),
    );
    return {
      cancel: () => pending.cancel(),
      get outcome() {
        return outcome;
      },
    };
  }

  clearHalt(endpoint: number): void {
    this.control(`02 01 0000 ${endpoint.toString(16).padStart(2, "0")}00 0000`);
  }

  isHalted(endpoint: number): boolean {
    const address = endpoint.toString(16).padStart(2, "0");
    return this.control(`82 00 0000 ${address}00 0200`).data[0] === 1;
  }

  massStorageReset(): void {
    this.control("21 FF 0000 0000 0000");
  }

  /** Reset recovery (Bulk-Only Transport 1.0, 5.3.4). */
  recover(): void {
    this.massStorageReset();
    this.clearHalt(IN);
    this.clearHalt(OUT);
  }
}

/** A CBW with tag 1, typed as 5.1 prints it: `length` and `flags` are the wire's bytes. */
export function cbw(length: string, flags: string, cdb: string): Uint8Array<ArrayBuffer> {
  const block = hex(cdb);
  return concat(
    hex("55534243 01000000"),
    hex(length),
    hex(flags),
    hex("00"),
    Uint8Array.of(block.length),
    block,
    new Uint8Array(16 - block.length),
  );
}

/** A CSW with tag 1. */
export const csw = (residue: string, status: string) =>
  hex(`55534253 01000000 ${residue} ${status}`);
