import type { BulkOnlyDevice } from "../bulk-only-device.js";
import type { DeviceDescription } from "./protocol.js";

const BUS_NUMBER = 1;
/** Number 1 of a bus is its root hub. */
const FIRST_DEVICE_NUMBER = 2;

/** A device as the server exports it, to one client at a time. */
export class ExportedDevice {
  readonly device: BulkOnlyDevice;
  readonly port: number;
  readonly busId: string;
  readonly #deviceNumber: number;
  /** Lets go of the client that has imported it. */
  #release: (() => void) | undefined;

  /** `port` counts from 0. */
  constructor(device: BulkOnlyDevice, port: number) {
    this.device = device;
    this.port = port;
    this.busId = `${BUS_NUMBER}-${port + 1}`;
    this.#deviceNumber = FIRST_DEVICE_NUMBER + port;
  }

  /** By which requests name it: the bus in the upper half, the device in the lower. */
  get deviceId(): number {
    return BUS_NUMBER * 0x10000 + this.#deviceNumber;
  }

  get imported(): boolean {
    return this.#release !== undefined;
  }

  get description(): DeviceDescription {
    const { speed, identity, configured } = this.device;
    const place = { busId: this.busId, busNumber: BUS_NUMBER, deviceNumber: this.#deviceNumber };
    return { ...place, speed, identity, configured };
  }

  /** Gives the device to a client; `release` is called if it is to be taken away again. */
  importBy(release: () => void): void {
    this.#release = release;
  }

  /** The client has gone: whatever it left running is over, and the next one finds a fresh device. */
  giveBack(): void {
    this.#release = undefined;
    this.device.busReset();
  }

  /** Takes the device from its client, if it has one. */
  withdraw(): void {
    this.#release?.();
  }
}
