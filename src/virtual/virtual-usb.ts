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
  readonly #devices = new Set<VirtualUsbDevice>();

  getDevices(): Promise<VirtualUsbDevice[]> {
    return Promise.resolve([...this.#devices]);
  }

  plug(device: VirtualUsbDevice): void {
    this.#devices.add(device);
    this.dispatchEvent(new VirtualConnectionEvent("connect", device));
  }

  unplug(device: VirtualUsbDevice): void {
    if (!this.#devices.delete(device)) return;
    device.unplug();
    this.dispatchEvent(new VirtualConnectionEvent("disconnect", device));
  }
}
