import {
  BulkOnlyDevice,
  type BulkOnlyDeviceOptions,
  type BulkOnlyTarget,
} from "./bulk-only-device.js";
import type { SetupPacket } from "./control-endpoint.js";
import { BULK_IN_ENDPOINT, BULK_OUT_ENDPOINT, CONFIGURATION_VALUE } from "./descriptors.js";
import type { FaultSource } from "./faults/script.js";
import {
  virtualConfiguration,
  type VirtualConfiguration,
  type VirtualInterface,
} from "./usb-configuration.js";

export interface InTransferResult {
  readonly status: "ok" | "stall" | "babble";
  /** What was received; there may be some before a stall, too. */
  readonly data?: DataView<ArrayBuffer>;
}

export interface OutTransferResult {
  readonly status: "ok" | "stall" | "babble";
  readonly bytesWritten: number;
}

export interface ControlTransferParameters {
  readonly requestType: "standard" | "class" | "vendor";
  readonly recipient: "device" | "interface" | "endpoint" | "other";
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

/** Milliseconds after which a system gives up a request of its own (Linux, USB_CTRL_SET_TIMEOUT). */
const systemRequestMs = 5_000;

interface ControlAnswer {
  readonly status: "ok" | "stall";
  readonly data: Uint8Array<ArrayBuffer>;
}

const typeBits = { standard: 0x00, class: 0x20, vendor: 0x40 };
const recipientBits = { device: 0, interface: 1, endpoint: 2, other: 3 };

/**
 * A virtual drive as the `USBDevice` of WebUSB, to be used wherever a real one is.
 *
 * It keeps to the W3C draft's rules: `InvalidStateError` unless opened and claimed,
 * `NotFoundError` for what does not exist and after `unplug()`, `AbortError` for transfers that
 * closing, releasing or resetting cut off, `NetworkError` for those that unplugging did.
 */
export class VirtualUsbDevice {
  readonly usbVersionMajor: number;
  readonly usbVersionMinor = 0;
  readonly usbVersionSubminor = 0;
  readonly deviceClass = 0;
  readonly deviceSubclass = 0;
  readonly deviceProtocol = 0;
  readonly vendorId: number;
  readonly productId: number;
  readonly deviceVersionMajor: number;
  readonly deviceVersionMinor: number;
  readonly deviceVersionSubminor: number;
  readonly manufacturerName: string | null;
  readonly productName: string | null;
  readonly serialNumber: string | null;
  readonly configurations: VirtualConfiguration[];

  readonly #device: BulkOnlyDevice;
  readonly #interface: VirtualInterface;
  #opened = false;
  #plugged = true;

  constructor(drive: BulkOnlyTarget, options: BulkOnlyDeviceOptions = {}) {
    this.#device = new BulkOnlyDevice(drive, options);
    const { identity, speed, maxPacketBytes } = this.#device;
    this.usbVersionMajor = speed === "super" ? 3 : 2;
    this.vendorId = identity.vendorId;
    this.productId = identity.productId;
    this.deviceVersionMajor = identity.deviceVersion >> 8;
    this.deviceVersionMinor = (identity.deviceVersion >> 4) & 0x0f;
    this.deviceVersionSubminor = identity.deviceVersion & 0x0f;
    this.manufacturerName = identity.manufacturer;
    this.productName = identity.product;
    this.serialNumber = identity.serial;
    const configuration = virtualConfiguration(maxPacketBytes);
    this.configurations = [configuration];
    this.#interface = configuration.interfaces[0] as VirtualInterface;
    this.#configure(CONFIGURATION_VALUE);
    this.#device.onUnplug(() => this.#leave());
  }

  get opened(): boolean {
    return this.#opened;
  }

  /** The operating system has configured the device before anyone can open it. */
  get configuration(): VirtualConfiguration | null {
    return this.#device.configured ? (this.configurations[0] ?? null) : null;
  }

  open(): Promise<void> {
    return settle(this.#unplugged(), () => {
      this.#opened = true;
    });
  }

  close(): Promise<void> {
    return settle(this.#unplugged(), () => {
      this.#device.cancelTransfers();
      this.#interface.claimed = false;
      this.#opened = false;
    });
  }

  /** Permission is not modelled: a device that is forgotten is one that is closed. */
  forget(): Promise<void> {
    return this.close();
  }

  selectConfiguration(configurationValue: number): Promise<void> {
    const exists = this.configurations.some(
      (configuration) => configuration.configurationValue === configurationValue,
    );
    const refusal =
      this.#unplugged() ??
      (exists ? undefined : notFound(`configuration ${configurationValue}`)) ??
      this.#closed();
    return settle(refusal, () => {
      this.#device.cancelBulkTransfers();
      this.#interface.claimed = false;
      this.#configure(configurationValue);
    });
  }

  claimInterface(interfaceNumber: number): Promise<void> {
    const refusal = this.#unplugged() ?? this.#noInterface(interfaceNumber) ?? this.#closed();
    return settle(refusal, () => {
      this.#interface.claimed = true;
    });
  }

  releaseInterface(interfaceNumber: number): Promise<void> {
    const refusal = this.#unplugged() ?? this.#noInterface(interfaceNumber) ?? this.#unclaimed();
    return settle(refusal, () => {
      this.#device.cancelBulkTransfers();
      this.#interface.claimed = false;
    });
  }

  selectAlternateInterface(interfaceNumber: number, alternateSetting: number): Promise<void> {
    const refusal = this.#unplugged() ?? this.#noInterface(interfaceNumber) ?? this.#unclaimed();
    if (refusal) return Promise.reject(refusal);
    this.#device.cancelBulkTransfers();
    return this.#standardRequest(0x01, 0x0b, alternateSetting, interfaceNumber);
  }

  clearHalt(direction: "in" | "out", endpointNumber: number): Promise<void> {
    const refusal = this.#refusesTransfer(direction, endpointNumber);
    if (refusal) return Promise.reject(refusal);
    const endpointHalt = 0;
    const address = endpointNumber | (direction === "in" ? 0x80 : 0x00);
    return this.#standardRequest(0x02, 0x01, endpointHalt, address);
  }

  async controlTransferIn(
    setup: ControlTransferParameters,
    length: number,
  ): Promise<InTransferResult> {
    const refusal = this.#refusesControl(setup);
    if (refusal) throw refusal;
    const { status, data } = await this.#request(setupPacket(setup, 0x80, length));
    return status === "stall" ? { status } : { status, data: new DataView(data.buffer) };
  }

  /** The bytes are not looked at: the device has no request that wants any. */
  async controlTransferOut(
    setup: ControlTransferParameters,
    data?: BufferSource,
  ): Promise<OutTransferResult> {
    const refusal = this.#refusesControl(setup);
    if (refusal) throw refusal;
    const length = data?.byteLength ?? 0;
    const { status } = await this.#request(setupPacket(setup, 0x00, length));
    return { status, bytesWritten: status === "ok" ? length : 0 };
  }

  /** Several may wait at once; they are served in the order they came. */
  transferIn(endpointNumber: number, length: number): Promise<InTransferResult> {
    const refusal = this.#refusesTransfer("in", endpointNumber);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#device.transferIn(length, ({ status, data }) => {
        if (status === "cancelled") reject(this.#cutOff());
        else if (status === "stall" && data.length === 0) resolve({ status });
        else resolve({ status, data: new DataView(data.buffer, data.byteOffset, data.length) });
      });
    });
  }

  transferOut(endpointNumber: number, data: BufferSource): Promise<OutTransferResult> {
    const refusal = this.#refusesTransfer("out", endpointNumber);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#device.transferOut(bytesOf(data), ({ status, bytesWritten }) => {
        if (status === "cancelled") reject(this.#cutOff());
        else resolve({ status, bytesWritten });
      });
    });
  }

  isochronousTransferIn(): Promise<never> {
    return Promise.reject(noIsochronous());
  }

  isochronousTransferOut(): Promise<never> {
    return Promise.reject(noIsochronous());
  }

  /** Resets the device on the bus; the system restores its configuration, and claims stay. */
  reset(): Promise<void> {
    return settle(this.#unplugged() ?? this.#closed(), () => {
      this.#device.busReset();
      this.#configure(CONFIGURATION_VALUE);
    });
  }

  /** Pulls the plug: what is waiting is rejected, and so is all that comes after. */
  unplug(): void {
    this.#device.unplug();
  }

  /** Plugs it in again, as whoever opens it then finds it: closed, and switched on just now. */
  replug(): void {
    this.#plugged = true;
    this.#configure(CONFIGURATION_VALUE);
  }

  /** Calls `listener` when the device is unplugged; what is returned ends that. */
  onUnplug(listener: () => void): () => void {
    return this.#device.onUnplug(listener);
  }

  /** What goes wrong from now on. */
  set faults(source: FaultSource | undefined) {
    this.#device.faults = source;
  }

  #leave(): void {
    this.#plugged = false;
    this.#opened = false;
    this.#interface.claimed = false;
  }

  #configure(configurationValue: number): void {
    const setConfiguration = 0x09;
    const setup = { value: configurationValue, index: 0, length: 0 };
    this.#device.control({ requestType: 0x00, request: setConfiguration, ...setup }, ignore);
  }

  async #standardRequest(
    requestType: number,
    request: number,
    value: number,
    index: number,
  ): Promise<void> {
    const setup = { requestType, request, value, index, length: 0 };
    const { status } = await this.#request(setup, systemRequestMs);
    if (status === "stall") {
      throw new DOMException("The device refused the request.", "NetworkError");
    }
  }

  #request(setup: SetupPacket, timeoutMs?: number): Promise<ControlAnswer> {
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => pending.cancel(), timeoutMs);
      const pending = this.#device.control(setup, ({ status, data }) => {
        clearTimeout(timer);
        if (status === "cancelled") reject(this.#cutOff());
        else resolve({ status, data });
      });
    });
  }

  #unplugged(): DOMException | undefined {
    return this.#plugged ? undefined : notFound("device: it was unplugged");
  }

  #closed(): DOMException | undefined {
    return this.#opened ? undefined : invalidState("The device is not open: call open() first.");
  }

  #unclaimed(): DOMException | undefined {
    return (
      this.#closed() ??
      (this.#interface.claimed
        ? undefined
        : invalidState("The interface is not claimed: call claimInterface() first."))
    );
  }

  #noInterface(number: number): DOMException | undefined {
    return number === this.#interface.interfaceNumber && this.configuration
      ? undefined
      : notFound(`interface ${number}`);
  }

  #noEndpoint(address: number): DOMException | undefined {
    const exists = address === BULK_IN_ENDPOINT || address === BULK_OUT_ENDPOINT;
    return exists && this.configuration
      ? undefined
      : notFound(`endpoint ${address.toString(16).padStart(2, "0")}h`);
  }

  #refusesTransfer(direction: "in" | "out", endpointNumber: number): DOMException | undefined {
    const address = endpointNumber | (direction === "in" ? 0x80 : 0x00);
    return this.#unplugged() ?? this.#noEndpoint(address) ?? this.#unclaimed();
  }

  #refusesControl({ recipient, index }: ControlTransferParameters): DOMException | undefined {
    const basic = this.#unplugged() ?? this.#closed();
    if (recipient === "interface") {
      return basic ?? this.#noInterface(index & 0xff) ?? this.#unclaimed();
    }
    if (recipient === "endpoint" && (index & 0x0f) !== 0) {
      return basic ?? this.#noEndpoint(index & 0x8f) ?? this.#unclaimed();
    }
    return basic;
  }

  #cutOff(): DOMException {
    return this.#plugged
      ? new DOMException("The transfer was cancelled.", "AbortError")
      : new DOMException("The device was unplugged during the transfer.", "NetworkError");
  }
}

const ignore = () => undefined;

function settle<T>(refusal: DOMException | undefined, act: () => T): Promise<T> {
  return refusal ? Promise.reject(refusal) : Promise.resolve(act());
}

const notFound = (what: string) => new DOMException(`There is no ${what}.`, "NotFoundError");

const invalidState = (message: string) => new DOMException(message, "InvalidStateError");

const noIsochronous = () =>
  new DOMException("The device has no isochronous endpoint.", "InvalidAccessError");

function setupPacket(
  { requestType, recipient, request, value, index }: ControlTransferParameters,
  direction: number,
  length: number,
): SetupPacket {
  const bits = direction | typeBits[requestType] | recipientBits[recipient];
  return { requestType: bits, request, value, index, length };
}

const bytesOf = (source: BufferSource): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
