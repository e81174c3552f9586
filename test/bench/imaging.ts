/**
 * Runs in a guest: the kernel's gadget at super speed, copied to a file by this package and by what
 * people use on Linux, doing the same work. Prints a table.
 */
import { appendFileSync, rmSync, writeFileSync } from "node:fs";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import type { HashName } from "../../src/imaging/image-hashes.js";
import { rescueDisc } from "../../src/imaging/rescue-disc.js";
import { listUsbDrives } from "../../src/usb/libusb/discovery.js";
import { plugGadget } from "../guest/support/gadget.js";
import { output } from "../guest/support/shell.js";
import { discDevice } from "../guest/support/sysfs.js";
import { megabyte, type Contender } from "./contenders.js";
import { table } from "./table.js";

const rounds = 5;
const bytes = 512 * megabyte;
const image = "/mnt/image";
const copy = "/mnt/copy";

const contenders: Readonly<Record<string, Contender>> = {
  "dd | tee | sha256sum": shell(`dd if="$1" bs=1M status=none | tee "$2" | sha256sum`),
  ddrescue: shell(`ddrescue --quiet "$1" "$2" "$2.map"`),
  "usb-dvd, SHA-256": usbDvd(["sha256"]),
  "usb-dvd, no hash": usbDvd([]),
};

function shell(commandLine: string): Contender {
  return async (location) => {
    const device = await discDevice(location);
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    const started = performance.now();
    await output(commandLine, device, copy);
    return (performance.now() - started) / 1000;
  };
}

function usbDvd(hashes: readonly HashName[]): Contender {
  return async (location) => {
    const candidates = await listUsbDrives();
    const candidate = candidates.find(({ info }) => info.location === location);
    if (!candidate) throw new Error(`usb-dvd finds no drive at ${location}`);
    const started = performance.now();
    await using drive = await OpticalDrive.open(await candidate.open());
    await rescueDisc(drive, copy, { blocks: bytes / 2048, hashes });
    return (performance.now() - started) / 1000;
  };
}

const piece = Buffer.alloc(megabyte, "content");
writeFileSync(image, "");
for (let written = 0; written < bytes; written += megabyte) appendFileSync(image, piece);
await using gadget = await plugGadget({ speed: "super", image });
const seconds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    rmSync(copy, { force: true });
    rmSync(`${copy}.map`, { force: true });
    seconds.get(name)?.push(await run(gadget.location, bytes));
  }
}
console.log(`${table("Copies to a file in memory", bytes, seconds)}\n`);
