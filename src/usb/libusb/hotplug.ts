import { DriverEvents } from "../../events.js";
import type { UsbDeviceInfo } from "../connection.js";
import type { LibusbHost, UsbDriveCandidate } from "./candidate.js";
import { candidateOf, thisHost } from "./discovery.js";
import type { LibusbDevice } from "./native.js";

export type UsbHotplugEvents = {
  /** A device that may be an optical drive was plugged in. */
  attached: (candidate: UsbDriveCandidate) => void;
  /** Such a device was unplugged, whether or not it had been open. */
  detached: (info: UsbDeviceInfo) => void;
};

/**
 * Tells of drives that are plugged in and unplugged, between `start` and `close`. Those that are
 * there at the start are not announced: `listUsbDrives` has them. While it runs, it keeps the
 * process alive. On Linux, udev must be running.
 */
export class UsbHotplug extends DriverEvents<UsbHotplugEvents> implements AsyncDisposable {
  readonly #findHost: () => Promise<LibusbHost>;
  /** The drives that are plugged in. */
  readonly #known = new Map<LibusbDevice, UsbDeviceInfo>();
  #host: LibusbHost | undefined;
  /** Devices are looked at one after the other, so that events keep their order. */
  #work: Promise<void> = Promise.resolve();

  constructor(findHost: () => Promise<LibusbHost> = thisHost) {
    super();
    this.#findHost = findHost;
  }

  /** Starts listening. Throws `UsbUnavailableError` where libusb cannot be loaded. */
  async start(): Promise<void> {
    const host = await this.#findHost();
    if (this.#host !== undefined) return;
    this.#host = host;
    host.libusb.on("attach", this.#onAttach);
    host.libusb.on("detach", this.#onDetach);
    const present = host.libusb.getDeviceList();
    await this.#inTurn(async () => {
      for (const device of present) await this.#learn(host, device);
    });
  }

  /** Stops listening; nothing is announced afterwards. May be called more than once. */
  async close(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    host?.libusb.off("attach", this.#onAttach);
    host?.libusb.off("detach", this.#onDetach);
    await this.#work;
    this.#known.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #onAttach = (device: LibusbDevice): void => {
    void this.#inTurn(async () => {
      const host = this.#host;
      if (host === undefined || this.#known.has(device)) return;
      const candidate = await this.#learn(host, device);
      if (candidate !== undefined && this.#isRunning()) this.announce("attached", candidate);
    });
  };

  readonly #onDetach = (device: LibusbDevice): void => {
    void this.#inTurn(() => {
      const info = this.#known.get(device);
      if (info === undefined || !this.#isRunning()) return;
      this.#known.delete(device);
      this.announce("detached", info);
    });
  };

  async #learn(host: LibusbHost, device: LibusbDevice): Promise<UsbDriveCandidate | undefined> {
    const candidate = await candidateOf(host, device);
    if (candidate !== undefined) this.#known.set(device, candidate.info);
    return candidate;
  }

  #isRunning(): boolean {
    return this.#host !== undefined;
  }

  #inTurn(work: () => Promise<void> | void): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }
}
