import { OpticalDrive } from "../../../src/drive/optical-drive.js";
import { listUsbDrives } from "../../../src/usb/libusb/index.js";
import { discDevice } from "./sysfs.js";
import { until } from "./until.js";

/** Takes the drive that is plugged in there from the kernel, once that knows it, and opens it. */
export async function openDriveAt(location: string): Promise<OpticalDrive> {
  await discDevice(location);
  // libusb hears of what was plugged in from udev, a moment after the kernel.
  const candidate = await until(`drive at ${location} that libusb knows of`, async () =>
    (await listUsbDrives()).find(({ info }) => info.location === location),
  );
  return OpticalDrive.open(await candidate.open());
}
