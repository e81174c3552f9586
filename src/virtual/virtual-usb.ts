import type { VirtualUsbDevice } from "./usb-device.js";

/** `connect` or `disconnect`, with the device it is about, as WebUSB's `USBConnectionEvent`. */
export class VirtualConnectionEvent extends Event {
  readonly device: VirtualUsbDevice;

  constructor(type: "connect" | "disconnect", device: VirtualUsbDevice) {
    super(type);
    this.device = device;
  }
}

/** The part of `navigator.usb` that needs no person: devices that come, go and are listed. */
export class VirtualUsb extends EventTarget {
  /** Each with what ends listening to it. */
  readonly #devices = new Map<VirtualUsbDevice, () => void>();

  getDevices(): Promise<VirtualUsbDevice[]> {
    return Promise.resolve([...this.#devices.keys()]);
  }

  plug(device: VirtualUsbDevice): void {
    if (this.#devices.has(device)) return;
    device.replug();
    this.#devices.set(
      device,
      device.onUnplug(() => this.#leave(device)),
    );
    this.dispatchEvent(new VirtualConnectionEvent("connect", device));
  }

  unplug(device: VirtualUsbDevice): void {
    if (this.#devices.has(device)) device.unplug();
  }

  #leave(device: VirtualUsbDevice): void {
    this.#devices.get(device)?.();
    this.#devices.delete(device);
    this.dispatchEvent(new VirtualConnectionEvent("disconnect", device));
  }
}
