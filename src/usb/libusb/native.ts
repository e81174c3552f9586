import { UsbUnavailableError } from "../errors.js";

/** What the native calls throw and call back with. */
export interface LibusbException extends Error {
  /** A negative `libusbError`, or as the end of a transfer a positive `transferStatus`. */
  readonly errno: number;
}

/** enum libusb_error of libusb 1.0, as far as it is told apart here. */
export const libusbError = {
  access: -3,
  noDevice: -4,
  notFound: -5,
  busy: -6,
  notSupported: -12,
} as const;

/** enum libusb_transfer_status of libusb 1.0, as far as it is told apart here. */
export const transferStatus = { stall: 4, noDevice: 5, overflow: 6 } as const;

/** enum libusb_transfer_type of libusb 1.0; the same as bmAttributes bits 1:0 (USB 2.0, 9.6.6). */
export const transferType = { control: 0, isochronous: 1, bulk: 2, interrupt: 3 } as const;

export type LibusbCallback = (error?: LibusbException) => void;

export interface LibusbTransfer {
  submit(buffer: Uint8Array): unknown;
  /** False where the transfer is already over. */
  cancel(): boolean;
}

export interface LibusbEndpointDescriptor {
  readonly bEndpointAddress: number;
  readonly bmAttributes: number;
  readonly wMaxPacketSize: number;
}

export interface LibusbInterfaceDescriptor {
  readonly bInterfaceNumber: number;
  readonly bAlternateSetting: number;
  readonly bInterfaceClass: number;
  readonly bInterfaceProtocol: number;
  readonly endpoints: readonly LibusbEndpointDescriptor[];
}

/**
 * The part of npm `usb`'s classic device that is used here. Its `Interface` is not: it claims by the
 * interface's place in the configuration, not by its number, and those may differ.
 */
export interface LibusbDevice {
  readonly busNumber: number;
  readonly deviceAddress: number;
  readonly portNumbers?: readonly number[];
  readonly deviceDescriptor: {
    readonly idVendor: number;
    readonly idProduct: number;
    readonly iManufacturer: number;
    readonly iProduct: number;
    readonly iSerialNumber: number;
  };
  readonly configDescriptor?:
    | {
        readonly bConfigurationValue: number;
        readonly interfaces: readonly (readonly LibusbInterfaceDescriptor[])[];
      }
    | undefined;
  /** Set while the device is open. */
  readonly interfaces?: readonly unknown[] | undefined;
  open(defaultConfig: boolean): void;
  close(): void;
  reset(callback: LibusbCallback): void;
  __isKernelDriverActive(interfaceNumber: number): boolean;
  __detachKernelDriver(interfaceNumber: number): void;
  __attachKernelDriver(interfaceNumber: number): void;
  __claimInterface(interfaceNumber: number): void;
  __releaseInterface(interfaceNumber: number, callback: LibusbCallback): void;
  __setInterface(interfaceNumber: number, setting: number, callback: LibusbCallback): void;
  __clearHalt(endpointAddress: number, callback: LibusbCallback): void;
}

/** The part of npm `usb`'s classic interface that is used here. */
export interface Libusb {
  readonly Transfer: new (
    device: LibusbDevice,
    endpointAddress: number,
    type: number,
    timeoutMs: number,
    callback: (
      error: LibusbException | undefined,
      buffer: Uint8Array,
      bytesTransferred: number,
    ) => void,
  ) => LibusbTransfer;
  getDeviceList(): LibusbDevice[];
  on(event: "attach" | "detach", listener: (device: LibusbDevice) => void): void;
  off(event: "attach" | "detach", listener: (device: LibusbDevice) => void): void;
}

/**
 * Loads libusb, once a USB drive is asked for and not before.
 *
 * @throws UsbUnavailableError where the native module is missing or libusb does not start.
 */
export async function loadLibusb(): Promise<Libusb> {
  const usb = await importLibusb();
  if (usb.INIT_ERROR !== 0) {
    throw new UsbUnavailableError(
      `libusb could not be started (error ${usb.INIT_ERROR}). Check that this system has USB, ` +
        `and in a container that /dev/bus/usb is there.`,
    );
  }
  // Its own types ask for its own classes where anything of their shape would do.
  return usb as unknown as Libusb;
}

async function importLibusb(): Promise<(typeof import("usb"))["usb"]> {
  try {
    return (await import("usb")).usb;
  } catch (error) {
    throw new UsbUnavailableError(
      `USB drives need the npm package "usb", which could not be loaded on ${process.platform} ` +
        `${process.arch}. Install it again with "npm install usb@2".`,
      { cause: error },
    );
  }
}
