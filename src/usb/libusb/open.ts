import type { UsbConnection, UsbDeviceInfo } from "../connection.js";
import type { BulkOnlyInterface } from "../descriptors.js";
import { UsbBusyError } from "../errors.js";
import { LibusbConnection, nativeRequest } from "./connection.js";
import { describeDevice } from "../locator.js";
import { openFailure } from "./failures.js";
import { libusbError, type Libusb, type LibusbDevice, type LibusbException } from "./native.js";

/** What is opened, and where. */
export interface OpenRequest {
  readonly libusb: Libusb;
  readonly device: LibusbDevice;
  readonly info: UsbDeviceInfo;
  readonly bulkOnly: BulkOnlyInterface;
  readonly platform: NodeJS.Platform;
}

/**
 * Opens a device, takes its Bulk-Only interface from the operating system's driver and claims it.
 * Where that fails, everything is as it was before.
 *
 * @throws UsbAccessError, UsbBusyError, UsbDisconnectedError, UsbTransferError
 */
export async function openLibusbDevice(request: OpenRequest): Promise<UsbConnection> {
  const { device, info, bulkOnly, platform } = request;
  if (device.interfaces !== undefined) {
    throw new UsbBusyError(
      `${describeDevice(info)} is already open in this program. Close its connection first.`,
    );
  }
  let opened = false;
  let kernelDriverDetached = false;
  try {
    device.open(false);
    opened = true;
    kernelDriverDetached = detachKernelDriver(device, bulkOnly.interfaceNumber);
    device.__claimInterface(bulkOnly.interfaceNumber);
    // A device of one setting may stall a request to select it (USB 2.0, 9.4.10).
    if (bulkOnly.hasAlternates) await selectSetting(device, bulkOnly);
    return new LibusbConnection({ ...request, kernelDriverDetached });
  } catch (error) {
    if (opened) await undo(device, bulkOnly.interfaceNumber, kernelDriverDetached);
    throw openFailure(error, info, platform);
  }
}

/** Whether the operating system's driver had the interface, and has it no more. */
function detachKernelDriver(device: LibusbDevice, interfaceNumber: number): boolean {
  try {
    if (!device.__isKernelDriverActive(interfaceNumber)) return false;
  } catch (error) {
    // Windows has nothing to detach; there, claiming tells whether the driver is the right one.
    if ((error as LibusbException).errno === libusbError.notSupported) return false;
    throw error;
  }
  device.__detachKernelDriver(interfaceNumber);
  return true;
}

async function selectSetting(device: LibusbDevice, bulkOnly: BulkOnlyInterface): Promise<void> {
  const { interfaceNumber, alternateSetting } = bulkOnly;
  await nativeRequest((callback) =>
    device.__setInterface(interfaceNumber, alternateSetting, callback),
  );
}

async function undo(
  device: LibusbDevice,
  interfaceNumber: number,
  kernelDriverDetached: boolean,
): Promise<void> {
  // Whatever of this fails as well, the first failure is what is told.
  try {
    await nativeRequest((callback) => device.__releaseInterface(interfaceNumber, callback));
  } catch {}
  try {
    if (kernelDriverDetached) device.__attachKernelDriver(interfaceNumber);
  } catch {}
  try {
    device.close();
  } catch {}
}
