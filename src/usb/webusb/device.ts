/**
 * The part of the WebUSB API (WICG, Draft Community Group Report) that is used here, so that any
 * object of that shape will do: a browser's `USBDevice`, those of npm `usb` 2 and 3, or one made of
 * software.
 */
export interface WebUsbDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturerName?: string | null | undefined;
  readonly productName?: string | null | undefined;
  readonly serialNumber?: string | null | undefined;
  readonly opened: boolean;
  readonly configuration?: WebUsbConfiguration | null | undefined;
  readonly configurations: readonly WebUsbConfiguration[];
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  selectConfiguration(configurationValue: number): Promise<void>;
  claimInterface(interfaceNumber: number): Promise<void>;
  releaseInterface(interfaceNumber: number): Promise<void>;
  selectAlternateInterface(interfaceNumber: number, alternateSetting: number): Promise<void>;
  clearHalt(direction: "in" | "out", endpointNumber: number): Promise<void>;
  // The time limits, in milliseconds, are an extension of npm `usb` 3, which has no other way to
  // end a transfer; nobody else looks at them.
  transferIn(endpoint: number, length: number, timeoutMs?: number): Promise<WebUsbInResult>;
  transferOut(
    endpoint: number,
    data: ArrayBuffer | Uint8Array<ArrayBuffer>,
    timeoutMs?: number,
  ): Promise<WebUsbOutResult>;
  controlTransferIn(
    setup: WebUsbSetup,
    length: number,
    timeoutMs?: number,
  ): Promise<WebUsbInResult>;
  controlTransferOut(
    setup: WebUsbSetup,
    data?: ArrayBuffer | Uint8Array<ArrayBuffer>,
    timeoutMs?: number,
  ): Promise<WebUsbOutResult>;
}

export interface WebUsbConfiguration {
  readonly configurationValue: number;
  readonly interfaces: readonly WebUsbInterface[];
}

export interface WebUsbInterface {
  readonly interfaceNumber: number;
  readonly alternates: readonly WebUsbAlternate[];
}

export interface WebUsbAlternate {
  readonly alternateSetting: number;
  readonly interfaceClass: number;
  readonly interfaceProtocol: number;
  readonly endpoints: readonly WebUsbEndpoint[];
}

export interface WebUsbEndpoint {
  readonly endpointNumber: number;
  readonly direction: "in" | "out";
  readonly type: "bulk" | "interrupt" | "isochronous";
  readonly packetSize: number;
}

export interface WebUsbSetup {
  readonly requestType: "standard" | "class" | "vendor";
  readonly recipient: "device" | "interface" | "endpoint" | "other";
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

export interface WebUsbInResult {
  readonly status?: "ok" | "stall" | "babble" | undefined;
  readonly data?: DataView | undefined;
}

export interface WebUsbOutResult {
  readonly status?: "ok" | "stall" | "babble" | undefined;
  readonly bytesWritten: number;
}

/** What npm `usb` 3 has beyond the standard; it takes the kernel's driver off only when told to. */
export interface NusbDevice extends WebUsbDevice {
  /** The bus by its number, `001`, and the ports that lead to the device. */
  readonly bus?: string;
  readonly ports?: readonly number[];
  readonly speed?: string;
  detachKernelDriver(interfaceNumber: number): Promise<void>;
  attachKernelDriver(interfaceNumber: number): Promise<void>;
}

/** Whether a device is one of npm `usb` 2, where libusb gives a released interface back by itself. */
export function isLibusbDevice(device: WebUsbDevice): boolean {
  return "resetAsync" in device && "autoDetachKernelDriver" in device;
}

/** Whether a device is one of npm `usb` 3, which ends transfers by its own time limit only. */
export function isNusbDevice(device: WebUsbDevice): device is NusbDevice {
  return "nativeTransferIn" in device && "attachKernelDriver" in device;
}
