import type { UsbConnection, UsbDeviceInfo } from "../connection.js";
import type { BulkOnlyInterface } from "../descriptors.js";
import { UsbBusyError, UsbNotADriveError } from "../errors.js";
import { describeDevice } from "../locator.js";
import type { KernelUnit, LinuxSysfs, SysfsInterface } from "./linux-sysfs.js";
import type { Libusb, LibusbDevice } from "./native.js";
import { openLibusbDevice } from "./open.js";

/** A device that speaks Bulk-Only Transport, and may be an optical drive. */
export interface UsbDriveCandidate {
  readonly info: UsbDeviceInfo;
  readonly interfaceNumber: number;
  readonly alternateSetting: number;
  /**
   * What the kernel's own driver knows of it, on Linux: of several logical units the optical drive.
   * Missing where no driver has it, or while one that was just plugged in is being looked at.
   */
  readonly kernel?: KernelUnit;
  /**
   * Takes the device from the operating system's driver and claims it.
   *
   * @throws UsbNotADriveError where the kernel knows it for a disk, which is then left alone.
   * @throws UsbBusyError where it is mounted, or in use otherwise.
   * @throws UsbAccessError, which tells what to do on this system.
   * @throws UsbDisconnectedError, UsbTransferError
   */
  open(): Promise<UsbConnection>;
}

/** Where devices are looked for. */
export interface LibusbHost {
  readonly libusb: Libusb;
  readonly platform: NodeJS.Platform;
  /** Undefined on any system but Linux. */
  readonly sysfs: LinuxSysfs | undefined;
}

/** A device that was found, and its Bulk-Only interface. */
export interface FoundDevice {
  readonly host: LibusbHost;
  readonly device: LibusbDevice;
  readonly info: UsbDeviceInfo;
  readonly bulkOnly: BulkOnlyInterface;
  readonly sysfsInterface: SysfsInterface;
}

/** The SCSI peripheral device type of an optical drive (SPC-4, table 176). */
const opticalDrive = 5;

/** usb-storage waits a second before it looks at a device that was plugged in; milliseconds. */
const kernelScanTimeoutMs = 5_000;
const kernelScanPollMs = 100;

/** A candidate for a device that was found. */
export async function driveCandidate(found: FoundDevice): Promise<UsbDriveCandidate> {
  const { host, device, info, bulkOnly, sysfsInterface } = found;
  const units = (await host.sysfs?.units(sysfsInterface)) ?? [];
  const kernel = units.find((unit) => unit.deviceType === opticalDrive) ?? units[0];
  return {
    info,
    interfaceNumber: bulkOnly.interfaceNumber,
    alternateSetting: bulkOnly.alternateSetting,
    ...(kernel !== undefined && { kernel }),
    async open() {
      // Looked at anew, since a disc may have been mounted after the listing.
      if (host.sysfs !== undefined) refuseDisks(info, await scannedUnits(found, host.sysfs));
      return openLibusbDevice({ ...host, device, info, bulkOnly });
    },
  };
}

/** The kernel's logical units, once its driver, if any has the interface, has looked for them. */
async function scannedUnits(found: FoundDevice, sysfs: LinuxSysfs): Promise<KernelUnit[]> {
  const { sysfsInterface } = found;
  let units = await sysfs.units(sysfsInterface);
  for (let waitedMs = 0; waitedMs < kernelScanTimeoutMs; waitedMs += kernelScanPollMs) {
    if (units.length > 0 || !(await sysfs.hasKernelDriver(sysfsInterface))) break;
    await new Promise((resolve) => setTimeout(resolve, kernelScanPollMs));
    units = await sysfs.units(sysfsInterface);
  }
  return units;
}

/** Leaves alone what would lose data, or its user, when it were taken from the kernel's driver. */
function refuseDisks(info: UsbDeviceInfo, units: readonly KernelUnit[]): void {
  for (const { deviceType, blockDevice = "its logical unit", mountedAt } of units) {
    if (deviceType !== opticalDrive) {
      throw new UsbNotADriveError(
        `${describeDevice(info)} is not an optical drive: the kernel says that ${blockDevice} is ` +
          `of SCSI type ${deviceType}. It is left alone; choose another device.`,
      );
    }
    if (mountedAt !== undefined) {
      throw new UsbBusyError(
        `${describeDevice(info)} is in use: ${blockDevice} is mounted at ${mountedAt}. ` +
          `Unmount it first, with: umount "${mountedAt}"`,
      );
    }
  }
}
