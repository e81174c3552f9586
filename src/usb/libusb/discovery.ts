import type { UsbDeviceInfo } from "../connection.js";
import { findBulkOnlyInterface, type InterfaceDescription } from "../descriptors.js";
import { speedOfBulkPipe } from "../speed.js";
import { driveCandidate, type LibusbHost, type UsbDriveCandidate } from "./candidate.js";
import { askNames } from "./device-names.js";
import { LinuxSysfs } from "./linux-sysfs.js";
import { loadLibusb, transferType, type LibusbDevice } from "./native.js";

/**
 * The devices on this computer's buses that speak Bulk-Only Transport. Nothing is taken from the
 * operating system; on Linux nothing is even opened.
 *
 * @throws UsbUnavailableError where libusb cannot be loaded.
 */
export async function listUsbDrives(): Promise<UsbDriveCandidate[]> {
  return listCandidates(await thisHost());
}

/** This computer. Throws `UsbUnavailableError` where libusb cannot be loaded. */
export async function thisHost(): Promise<LibusbHost> {
  const { platform } = process;
  const sysfs = platform === "linux" ? new LinuxSysfs() : undefined;
  return { libusb: await loadLibusb(), platform, sysfs };
}

export async function listCandidates(host: LibusbHost): Promise<UsbDriveCandidate[]> {
  const candidates: UsbDriveCandidate[] = [];
  for (const device of host.libusb.getDeviceList()) {
    const candidate = await candidateOf(host, device);
    if (candidate !== undefined) candidates.push(candidate);
  }
  return candidates;
}

/** The candidate that a device is; undefined where it does not speak Bulk-Only Transport. */
export async function candidateOf(
  host: LibusbHost,
  device: LibusbDevice,
): Promise<UsbDriveCandidate | undefined> {
  const configuration = activeConfiguration(device);
  if (configuration === undefined) return undefined;
  const bulkOnly = findBulkOnlyInterface(configuration.interfaces);
  if (bulkOnly === undefined) return undefined;

  const { idVendor, idProduct } = device.deviceDescriptor;
  const location = locationOf(device);
  // libusb hears of unplugging from udev, after the kernel: sysfs may have the next device here.
  const addressNow = await host.sysfs?.deviceAddress(location);
  if (addressNow !== undefined && addressNow !== device.deviceAddress) return undefined;

  const known = (await host.sysfs?.device(location)) ?? (await askNames(host.libusb, device));
  const info: UsbDeviceInfo = {
    vendorId: idVendor,
    productId: idProduct,
    location,
    ...known,
    speed:
      known.speed === "unknown" ? speedOfBulkPipe(bulkOnly.bulkIn.maxPacketBytes) : known.speed,
  };
  const sysfsInterface = {
    location,
    configuration: configuration.value,
    interfaceNumber: bulkOnly.interfaceNumber,
  };
  return driveCandidate({ host, device, info, bulkOnly, sysfsInterface });
}

/** Where a device is plugged in, as Linux names it in sysfs: `2-1.4`. */
export function locationOf(device: LibusbDevice): string {
  const { busNumber, portNumbers, deviceAddress } = device;
  return portNumbers === undefined
    ? `${busNumber}:${deviceAddress}`
    : `${busNumber}-${portNumbers.join(".")}`;
}

interface ActiveConfiguration {
  readonly value: number;
  readonly interfaces: readonly InterfaceDescription[];
}

function activeConfiguration(device: LibusbDevice): ActiveConfiguration | undefined {
  let configuration: LibusbDevice["configDescriptor"];
  try {
    configuration = device.configDescriptor;
  } catch {
    // Hubs and unplugged devices have none to give: what cannot be read is no drive to be found.
    return undefined;
  }
  if (configuration === undefined) return undefined;
  const interfaces = configuration.interfaces.flat().map((setting): InterfaceDescription => ({
    interfaceNumber: setting.bInterfaceNumber,
    alternateSetting: setting.bAlternateSetting,
    interfaceClass: setting.bInterfaceClass,
    interfaceProtocol: setting.bInterfaceProtocol,
    endpoints: setting.endpoints.map((endpoint) => ({
      address: endpoint.bEndpointAddress,
      type: endpointType(endpoint.bmAttributes),
      maxPacketBytes: endpoint.wMaxPacketSize & 0x7ff,
    })),
  }));
  return { value: configuration.bConfigurationValue, interfaces };
}

function endpointType(attributes: number): InterfaceDescription["endpoints"][number]["type"] {
  switch (attributes & 0x03) {
    case transferType.control:
      return "control";
    case transferType.isochronous:
      return "isochronous";
    case transferType.bulk:
      return "bulk";
    default:
      return "interrupt";
  }
}
