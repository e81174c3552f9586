import type { UsbConnection, UsbDeviceInfo, UsbSpeed } from "../connection.js";
import {
  endpointIn,
  findBulkOnlyInterface,
  type BulkOnlyInterface,
  type InterfaceDescription,
} from "../descriptors.js";
import { UsbNotADriveError } from "../errors.js";
import { describeDevice } from "../locator.js";
import { speedOfBulkPipe } from "../speed.js";
import { claimBulkOnly, detachKernelDriver } from "./claim.js";
import { WebUsbConnection } from "./connection.js";
import {
  isNusbDevice,
  type NusbDevice,
  type WebUsbConfiguration,
  type WebUsbDevice,
} from "./device.js";
import { openFailure } from "./dialect.js";

export interface WebUsbOptions {
  /**
   * Whether the device takes several transfers on one endpoint at once. By default it does, unless
   * it is one of npm `usb` 3.
   */
  readonly queuesTransfers?: boolean;
}

/**
 * Opens a WebUSB device, selects a configuration if none is, and claims its Bulk-Only interface.
 * Closing the connection closes the device, unless it was open already.
 *
 * @throws UsbNotADriveError where it does not speak Bulk-Only Transport.
 * @throws UsbAccessError where the browser or the system protects it; says what is possible.
 * @throws UsbBusyError where another program has it.
 * @throws UsbDisconnectedError, UsbTransferError
 */
export async function openWebUsb(
  device: WebUsbDevice,
  options: WebUsbOptions = {},
): Promise<UsbConnection> {
  const closesDevice = !device.opened;
  let detachedFrom: number | undefined;
  try {
    if (closesDevice) await device.open();
    const bulkOnly = await selectBulkOnly(device);
    const info = describe(device, bulkOnly);
    const { queuesTransfers = !isNusbDevice(device) } = options;
    const { interfaceNumber } = bulkOnly;
    const kernelDriverDetached = await detachKernelDriver(device, interfaceNumber);
    if (kernelDriverDetached) detachedFrom = interfaceNumber;
    await claimBulkOnly(device, bulkOnly);
    return new WebUsbConnection({
      device,
      info,
      bulkOnly,
      queuesTransfers,
      closesDevice,
      kernelDriverDetached,
    });
  } catch (error) {
    await undo(device, detachedFrom, closesDevice);
    if (error instanceof UsbNotADriveError) throw error;
    throw openFailure(describeDevice(identity(device)), error);
  }
}

/** Finds the Bulk-Only interface in the active configuration, or makes active one that has it. */
async function selectBulkOnly(device: WebUsbDevice): Promise<BulkOnlyInterface> {
  const active = device.configuration ?? undefined;
  for (const configuration of active === undefined ? device.configurations : [active]) {
    const bulkOnly = findBulkOnlyInterface(interfacesOf(configuration));
    if (bulkOnly === undefined) continue;
    if (active === undefined) await device.selectConfiguration(configuration.configurationValue);
    return bulkOnly;
  }
  throw new UsbNotADriveError(
    `${describeDevice(identity(device))} has no interface that speaks Bulk-Only Transport ` +
      `(class 08h, protocol 50h). Choose another device.`,
  );
}

function interfacesOf(configuration: WebUsbConfiguration): InterfaceDescription[] {
  return configuration.interfaces.flatMap(({ interfaceNumber, alternates }) =>
    alternates.map((alternate) => ({
      interfaceNumber,
      alternateSetting: alternate.alternateSetting,
      interfaceClass: alternate.interfaceClass,
      interfaceProtocol: alternate.interfaceProtocol,
      endpoints: alternate.endpoints.map(({ endpointNumber, direction, type, packetSize }) => ({
        address: endpointNumber | (direction === "in" ? endpointIn : 0),
        type,
        maxPacketBytes: packetSize & 0x7ff,
      })),
    })),
  );
}

/** Whatever of this fails as well, the first failure is what is told. */
async function undo(
  device: WebUsbDevice,
  detachedFrom: number | undefined,
  closesDevice: boolean,
): Promise<void> {
  if (detachedFrom !== undefined && isNusbDevice(device)) {
    await device.attachKernelDriver(detachedFrom).catch(() => undefined);
  }
  if (closesDevice) await device.close().catch(() => undefined);
}

function identity(device: WebUsbDevice): UsbDeviceInfo {
  const { vendorId, productId, manufacturerName, productName, serialNumber } = device;
  return {
    vendorId,
    productId,
    ...(manufacturerName && { manufacturerName }),
    ...(productName && { productName }),
    ...(serialNumber && { serialNumber }),
    location: (isNusbDevice(device) ? nusbLocation(device) : undefined) ?? "webusb",
    speed: "unknown",
  };
}

/** The location as Linux names it, `2-1.4`. */
function nusbLocation({ bus, ports = [] }: NusbDevice): string | undefined {
  return bus && `${bus.replace(/^0+/, "")}-${ports.join(".")}`;
}

function describe(device: WebUsbDevice, bulkOnly: BulkOnlyInterface): UsbDeviceInfo {
  const told = isNusbDevice(device) ? nusbSpeeds[device.speed ?? ""] : undefined;
  const speed = told ?? speedOfBulkPipe(bulkOnly.bulkIn.maxPacketBytes);
  return { ...identity(device), speed };
}

const nusbSpeeds: Readonly<Record<string, UsbSpeed>> = {
  low: "low",
  full: "full",
  high: "high",
  super: "super",
  superPlus: "super-plus",
};
