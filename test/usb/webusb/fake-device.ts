import type {
  NusbDevice,
  WebUsbConfiguration,
  WebUsbDevice,
  WebUsbInResult,
  WebUsbOutResult,
  WebUsbSetup,
} from "../../../src/usb/webusb/device.js";

type BytesOut = ArrayBuffer | Uint8Array<ArrayBuffer>;

/** One transfer that the device has and that the test ends. */
export interface FakeWebUsbTransfer {
  readonly call: string;
  readonly data: BytesOut | undefined;
  resolve(result: WebUsbInResult | WebUsbOutResult): void;
  reject(error: Error): void;
}

export const configuration: WebUsbConfiguration = {
  configurationValue: 1,
  interfaces: [
    {
      interfaceNumber: 0,
      alternates: [
        {
          alternateSetting: 0,
          interfaceClass: 8,
          interfaceProtocol: 0x50,
          endpoints: [
            { endpointNumber: 1, direction: "in", type: "bulk", packetSize: 512 },
            { endpointNumber: 2, direction: "out", type: "bulk", packetSize: 512 },
          ],
        },
      ],
    },
  ],
};

/** How the device of a dialect ends what is pending when its interface is released. */
export type ReleaseDialect = "browser" | "libusb" | "ends nothing";

/** A `USBDevice` whose every answer the test decides; `calls` has what was asked of it. */
export class FakeWebUsbDevice implements WebUsbDevice {
  readonly vendorId = 0x0e8d;
  readonly productId = 0x1836;
  readonly manufacturerName: string | null = null;
  readonly productName: string | null = "ACME DVD";
  readonly serialNumber: string | null = "";
  opened = false;
  configuration: WebUsbConfiguration | null = configuration;
  configurations: WebUsbConfiguration[] = [configuration];

  dialect: ReleaseDialect;
  resetEndsAll = false;
  readonly calls: string[] = [];
  readonly transfers: FakeWebUsbTransfer[] = [];
  /** What a call fails with, by its name. */
  readonly failures: Record<string, Error> = {};
  /** Calls that never settle. */
  readonly silent = new Set<string>();

  constructor(dialect: ReleaseDialect = "browser") {
    this.dialect = dialect;
  }

  async open(): Promise<void> {
    await this.request("open");
    this.opened = true;
  }

  async close(): Promise<void> {
    await this.request("close");
    this.opened = false;
  }

  async reset(): Promise<void> {
    await this.request("reset");
    if (this.resetEndsAll) this.#end(() => true, new Error("LIBUSB_TRANSFER_CANCELLED"));
  }

  async selectConfiguration(value: number): Promise<void> {
    await this.request("selectConfiguration", value);
  }

  async claimInterface(interfaceNumber: number): Promise<void> {
    await this.request("claimInterface", interfaceNumber);
  }

  async releaseInterface(interfaceNumber: number): Promise<void> {
    await this.request("releaseInterface", interfaceNumber);
    const isBulk = (transfer: FakeWebUsbTransfer) => !transfer.call.startsWith("control");
    if (this.dialect === "browser") {
      this.#end(isBulk, new DOMException("The transfer was cancelled.", "AbortError"));
    } else if (this.dialect === "libusb") {
      this.#end(isBulk, new Error("transferIn error: Error: LIBUSB_TRANSFER_NO_DEVICE"));
    }
  }

  async selectAlternateInterface(interfaceNumber: number, setting: number): Promise<void> {
    await this.request("selectAlternateInterface", interfaceNumber, setting);
  }

  async clearHalt(direction: "in" | "out", endpoint: number): Promise<void> {
    await this.request("clearHalt", direction, endpoint);
  }

  transferIn(endpoint: number, length: number, timeoutMs?: number): Promise<WebUsbInResult> {
    return this.#transfer(`transferIn ${endpoint} ${length} within ${timeoutMs!}`);
  }

  transferOut(endpoint: number, data: BytesOut, timeoutMs?: number): Promise<WebUsbOutResult> {
    return this.#transfer(`transferOut ${endpoint} within ${timeoutMs!}`, data);
  }

  controlTransferIn(
    setup: WebUsbSetup,
    length: number,
    timeoutMs?: number,
  ): Promise<WebUsbInResult> {
    return this.#transfer(
      `controlTransferIn ${Object.values(setup).join(" ")} ${length} within ${timeoutMs!}`,
    );
  }

  controlTransferOut(
    setup: WebUsbSetup,
    data?: BytesOut,
    timeoutMs?: number,
  ): Promise<WebUsbOutResult> {
    return this.#transfer(
      `controlTransferOut ${Object.values(setup).join(" ")} within ${timeoutMs!}`,
      data,
    );
  }

  protected async request(name: string, ...details: unknown[]): Promise<void> {
    this.calls.push([name, ...details].join(" "));
    if (this.silent.has(name)) await new Promise(() => undefined);
    const failure = this.failures[name];
    if (failure !== undefined) throw failure;
  }

  #transfer<Result>(call: string, data?: BytesOut): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const resolveAny = resolve as (result: WebUsbInResult | WebUsbOutResult) => void;
      this.transfers.push({ call, data, resolve: resolveAny, reject });
    });
  }

  #end(which: (transfer: FakeWebUsbTransfer) => boolean, error: Error): void {
    for (const transfer of this.transfers) if (which(transfer)) transfer.reject(error);
  }
}

/** A device of npm `usb` 2, which gives a released interface back to the kernel's driver by itself. */
export class FakeLibusbDevice extends FakeWebUsbDevice {
  readonly autoDetachKernelDriver = true;
  readonly resetAsync = undefined;

  constructor() {
    super("libusb");
    this.resetEndsAll = true;
  }
}

/** A device of npm `usb` 3: nothing may be asked of it while a transfer is pending. */
export class FakeNusbDevice extends FakeWebUsbDevice implements NusbDevice {
  readonly bus = "002";
  readonly ports = [1, 4];
  readonly speed = "superPlus";
  readonly nativeTransferIn = true;
  /** Set by the test while it leaves a transfer pending. */
  borrowed = false;

  async detachKernelDriver(interfaceNumber: number): Promise<void> {
    await this.request("detachKernelDriver", interfaceNumber);
  }

  async attachKernelDriver(interfaceNumber: number): Promise<void> {
    await this.request("attachKernelDriver", interfaceNumber);
  }

  protected override async request(name: string, ...details: unknown[]): Promise<void> {
    if (this.borrowed) throw new Error("The same native value cannot be borrowed mutably");
    await super.request(name, ...details);
  }
}
