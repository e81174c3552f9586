import { OpticalDrive } from "../../../src/drive/optical-drive.js";
import { listUsbDrives } from "../../../src/usb/libusb/index.js";
import { discDevice } from "./sysfs.js";

/** Takes the drive that is plugged in there from the kernel, once that knows it, and opens it. */
export async function openDriveAt(location: string): Promise<OpticalDrive> {
  await discDevice(location);
  const candidate = (await listUsbDrives()).find(({ info }) => info.location === location);
  if (candidate === undefined) throw new Error(`libusb knows of no drive at ${location}.`);
  return OpticalDrive.open(await candidate.open());
}
