import { bytes, le16, nothing } from "./bytes.js";
import {
  BULK_IN_ENDPOINT,
  BULK_OUT_ENDPOINT,
  CONFIGURATION_VALUE,
  descriptor,
  type UsbIdentity,
  type UsbSpeed,
} from "./descriptors.js";

/** The eight bytes of a setup packet (USB 2.0, 9.3). */
export interface SetupPacket {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly length: number;
}

export interface ControlOutcome {
  readonly status: "ok" | "stall" | "cancelled";
  /** The data stage of a request to the host. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What requests on the control pipe do to the rest of the device. */
export interface ControlTarget {
  readonly configured: boolean;
  isHalted(endpoint: number): boolean;
  setHalt(endpoint: number, halted: boolean): void;
  setConfiguration(value: number): void;
  setInterface(): void;
  massStorageReset(): void;
}

const SELF_POWERED = 0x01;
const ENDPOINT_HALT = 0;
const MAX_LUN = 0;

const stall: ControlOutcome = { status: "stall", data: nothing };
const acknowledged: ControlOutcome = { status: "ok", data: nothing };

/** EP0: the standard requests of USB 2.0, chapter 9, and the two of Bulk-Only Transport. */
export class ControlEndpoint {
  readonly #identity: UsbIdentity;
  readonly #speed: UsbSpeed;
  readonly #target: ControlTarget;

  constructor(identity: UsbIdentity, speed: UsbSpeed, target: ControlTarget) {
    this.#identity = identity;
    this.#speed = speed;
    this.#target = target;
  }

  /** A request that is not known or not well formed is answered by a stall. */
  request(setup: SetupPacket): ControlOutcome {
    const { requestType, request } = setup;
    switch ((requestType << 8) | request) {
      case 0x8000:
        return reply(setup, bytes(le16(SELF_POWERED)));
      case 0x8100:
        return this.#isInterface(setup) ? reply(setup, bytes(0, 0)) : stall;
      case 0x8200:
        return this.#endpointStatus(setup);
      case 0x0201:
        return this.#setHalt(setup, false);
      case 0x0203:
        return this.#setHalt(setup, true);
      case 0x0005: // SET_ADDRESS
      case 0x0030: // SET_SEL
      case 0x0031: // SET_ISOCH_DELAY
        return acknowledged;
      case 0x8006:
        return this.#descriptor(setup);
      case 0x8008:
        return reply(setup, bytes(this.#target.configured ? CONFIGURATION_VALUE : 0));
      case 0x0009:
        return this.#setConfiguration(setup);
      case 0x810a:
        return this.#isInterface(setup) ? reply(setup, bytes(0)) : stall;
      case 0x010b:
        return this.#setInterface(setup);
      case 0x21ff:
        return this.#massStorageReset(setup);
      case 0xa1fe:
        return this.#maxLun(setup);
      default:
        return stall;
    }
  }

  #isInterface = ({ index }: SetupPacket) => this.#target.configured && index === 0;

  #isEndpoint = ({ index }: SetupPacket) =>
    index === 0x00 ||
    index === 0x80 ||
    (this.#target.configured && (index === BULK_IN_ENDPOINT || index === BULK_OUT_ENDPOINT));

  #endpointStatus(setup: SetupPacket): ControlOutcome {
    if (!this.#isEndpoint(setup)) return stall;
    return reply(setup, bytes(this.#target.isHalted(setup.index) ? 1 : 0, 0));
  }

  #setHalt(setup: SetupPacket, halted: boolean): ControlOutcome {
    if (setup.value !== ENDPOINT_HALT || !this.#isEndpoint(setup)) return stall;
    this.#target.setHalt(setup.index, halted);
    return acknowledged;
  }

  #descriptor(setup: SetupPacket): ControlOutcome {
    const found = descriptor(setup.value >> 8, setup.value & 0xff, this.#speed, this.#identity);
    return found ? reply(setup, found) : stall;
  }

  #setConfiguration({ value }: SetupPacket): ControlOutcome {
    if (value !== 0 && value !== CONFIGURATION_VALUE) return stall;
    this.#target.setConfiguration(value);
    return acknowledged;
  }

  #setInterface(setup: SetupPacket): ControlOutcome {
    if (!this.#isInterface(setup) || setup.value !== 0) return stall;
    this.#target.setInterface();
    return acknowledged;
  }

  /** Bulk-Only Transport 1.0, 3.1. */
  #massStorageReset(setup: SetupPacket): ControlOutcome {
    if (!this.#isInterface(setup) || setup.value !== 0 || setup.length !== 0) return stall;
    this.#target.massStorageReset();
    return acknowledged;
  }

  /** Bulk-Only Transport 1.0, 3.2. */
  #maxLun(setup: SetupPacket): ControlOutcome {
    if (!this.#isInterface(setup) || setup.value !== 0 || setup.length !== 1) return stall;
    return reply(setup, bytes(MAX_LUN));
  }
}

/** The data stage, no longer than the host asked for. */
function reply({ length }: SetupPacket, data: Uint8Array): ControlOutcome {
  return { status: "ok", data: data.slice(0, length) };
}
