import { OpticalDrive } from "../../src/drive/optical-drive.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import { listUsbDrives } from "../../src/usb/libusb/discovery.js";

const blockBytes = 2048;

/** Reads with this package, and returns the seconds that the reading took: not the opening. */
export async function readWithUsbDvd(location: string, bytes: number): Promise<number> {
  const candidates = await listUsbDrives();
  const candidate = candidates.find(({ info }) => info.location === location);
  if (!candidate) throw new Error(`usb-dvd finds no drive at ${location}`);
  return readFrom(await candidate.open(), bytes);
}

/** The same, from a device that is open; it is closed. */
export async function readFrom(connection: UsbConnection, bytes: number): Promise<number> {
  await using drive = await OpticalDrive.open(connection);
  const started = performance.now();
  let read = 0;
  for await (const chunk of drive.read({ lba: 0, blocks: bytes / blockBytes, recycle: true }))
    read += chunk.length;
  const seconds = (performance.now() - started) / 1000;
  if (read !== bytes) throw new Error(`usb-dvd read ${read} bytes, not ${bytes}`);
  return seconds;
}
