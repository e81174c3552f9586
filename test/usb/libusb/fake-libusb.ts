import type {
  Libusb,
  LibusbCallback,
  LibusbDevice,
  LibusbException,
  LibusbInterfaceDescriptor,
  LibusbTransfer,
} from "../../../src/usb/libusb/native.js";

/** The numbers of libusb.h, typed by hand. */
export const errno = {
  access: -3,
  noDevice: -4,
  notFound: -5,
  busy: -6,
  notSupported: -12,
  transferError: 1,
  cancelled: 3,
  stall: 4,
  transferNoDevice: 5,
  overflow: 6,
} as const;

export function exception(number: number): LibusbException {
  return Object.assign(new Error(`libusb ${number}`), { errno: number });
}

/** One transfer that was submitted and waits for the test to end it. */
export class FakeTransfer implements LibusbTransfer {
  readonly endpoint: number;
  readonly type: number;
  readonly timeoutMs: number;
  buffer: Uint8Array = new Uint8Array();
  #cancelling: NodeJS.Timeout | undefined;
  cancels = 0;
  #over = false;
  readonly #device: FakeDevice;
  readonly #callback: (e: LibusbException | undefined, b: Uint8Array, n: number) => void;

  constructor(
    device: FakeDevice,
    endpoint: number,
    type: number,
    timeoutMs: number,
    callback: (e: LibusbException | undefined, b: Uint8Array, n: number) => void,
  ) {
    this.#device = device;
    this.endpoint = endpoint;
    this.type = type;
    this.timeoutMs = timeoutMs;
    this.#callback = callback;
  }

  submit(buffer: Uint8Array): void {
    const failure = this.#device.submitFailure;
    if (failure !== undefined) throw exception(failure);
    this.buffer = buffer;
    this.#device.transfers.push(this);
    this.#device.pending += 1;
    this.#device.onSubmit(this);
  }

  cancel(): boolean {
    this.cancels += 1;
    if (this.#device.ignoresCancel) return true;
    this.#cancelling = setTimeout(() => this.end(errno.cancelled), 15);
    return true;
  }

  /** Data that arrived, behind the setup packet where the transfer has one. */
  receive(data: Uint8Array): number {
    this.buffer.set(data, this.endpoint === 0 ? 8 : 0);
    return data.length;
  }

  end(error?: number, bytesTransferred = 0): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#cancelling);
    this.#device.pending -= 1;
    this.#callback(
      error === undefined ? undefined : exception(error),
      this.buffer,
      bytesTransferred,
    );
  }
}

const bulk = (bEndpointAddress: number) => ({
  bEndpointAddress,
  bmAttributes: 2,
  wMaxPacketSize: 512,
});

export const bulkOnlyDescriptor: LibusbInterfaceDescriptor = {
  bInterfaceNumber: 0,
  bAlternateSetting: 0,
  bInterfaceClass: 8,
  bInterfaceProtocol: 0x50,
  endpoints: [bulk(0x81), bulk(0x02)],
};

/** A classic device whose every answer the test decides; `calls` has what was asked of it. */
export class FakeDevice implements LibusbDevice {
  readonly busNumber = 2;
  readonly deviceAddress = 7;
  readonly portNumbers: readonly number[] = [1, 4];
  readonly deviceDescriptor = {
    idVendor: 0x0e8d,
    idProduct: 0x1836,
    iManufacturer: 1,
    iProduct: 2,
    iSerialNumber: 0,
  };
  settings: readonly LibusbInterfaceDescriptor[] = [bulkOnlyDescriptor];
  interfaces: readonly unknown[] | undefined;

  readonly calls: string[] = [];
  readonly transfers: FakeTransfer[] = [];
  pending = 0;
  kernelDriverActive = false;
  ignoresCancel = false;
  submitFailure: number | undefined;
  /** What a call fails with, by its name. */
  readonly failures: Record<string, number> = {};
  /** Calls that never call back. */
  readonly silent = new Set<string>();
  onSubmit: (transfer: FakeTransfer) => void = () => undefined;

  get configDescriptor() {
    return { bConfigurationValue: 1, interfaces: this.settings.map((setting) => [setting]) };
  }

  open(defaultConfig: boolean): void {
    this.#call("open", defaultConfig);
    this.interfaces = [];
  }

  close(): void {
    this.#call("close");
    if (this.pending > 0) throw new Error("Can't close device with a pending request");
    this.interfaces = undefined;
  }

  reset(callback: LibusbCallback): void {
    this.#request(callback, "reset");
  }

  __isKernelDriverActive(interfaceNumber: number): boolean {
    this.#call("isKernelDriverActive", interfaceNumber);
    return this.kernelDriverActive;
  }

  __detachKernelDriver(interfaceNumber: number): void {
    this.#call("detachKernelDriver", interfaceNumber);
  }

  __attachKernelDriver(interfaceNumber: number): void {
    this.#call("attachKernelDriver", interfaceNumber);
  }

  __claimInterface(interfaceNumber: number): void {
    this.#call("claimInterface", interfaceNumber);
  }

  __releaseInterface(interfaceNumber: number, callback: LibusbCallback): void {
    this.#request(callback, "releaseInterface", interfaceNumber);
  }

  __setInterface(interfaceNumber: number, setting: number, callback: LibusbCallback): void {
    this.#request(callback, "setInterface", interfaceNumber, setting);
  }

  __clearHalt(endpointAddress: number, callback: LibusbCallback): void {
    this.#request(callback, "clearHalt", endpointAddress);
  }

  #call(name: string, ...details: unknown[]): void {
    this.calls.push([name, ...details].join(" "));
    const failure = this.failures[name];
    if (failure !== undefined) throw exception(failure);
  }

  #request(callback: LibusbCallback, name: string, ...details: unknown[]): void {
    this.calls.push([name, ...details].join(" "));
    if (this.silent.has(name)) return;
    const failure = this.failures[name];
    setTimeout(() => callback(failure === undefined ? undefined : exception(failure)), 1);
  }
}

type DeviceListener = (device: LibusbDevice) => void;

/** A libusb that has the given devices. */
export class FakeLibusb {
  readonly Transfer = FakeTransfer as unknown as Libusb["Transfer"];
  readonly listeners: { event: string; listener: DeviceListener }[] = [];
  devices: LibusbDevice[];

  constructor(...devices: LibusbDevice[]) {
    this.devices = devices;
  }

  getDeviceList(): LibusbDevice[] {
    return this.devices;
  }

  on(event: string, listener: DeviceListener): void {
    this.listeners.push({ event, listener });
  }

  off(event: string, listener: DeviceListener): void {
    const index = this.listeners.findIndex(
      (known) => known.event === event && known.listener === listener,
    );
    if (index >= 0) this.listeners.splice(index, 1);
  }

  emit(event: "attach" | "detach", device: LibusbDevice): void {
    for (const known of [...this.listeners]) if (known.event === event) known.listener(device);
  }
}
