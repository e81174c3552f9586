/**
 * What hashes and a file cost on top of reading: a disc of the virtual drive, in one process, read to
 * nowhere, and copied to a file with SHA-256. Prints medians of alternated rounds and the most memory
 * that the process had; asserts nothing. The file goes to the folder that is given, or to /dev/shm.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import type { HashName } from "../../src/imaging/image-hashes.js";
import { rescueDisc } from "../../src/imaging/rescue-disc.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { generatedDisc, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";
import { median } from "./table.js";

const rounds = 5;
const [folder = "/dev/shm", gigabytes = "2"] = process.argv.slice(2);
const blocks = Math.floor((Number(gigabytes) * 1e9) / 2048);
const path = join(folder, "usb-dvd-bench.iso");

const content = new Uint8Array(8 * 1024 * 1024).fill(0x5a);
const disc = generatedDisc(blocks, (_lba, count) => content.subarray(0, count * 2048));

async function megabytesPerSecond(run: (drive: OpticalDrive) => Promise<unknown>): Promise<number> {
  const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
  await using drive = await OpticalDrive.open(await openWebUsb(device));
  await drive.medium();
  const startedAt = performance.now();
  await run(drive);
  return (blocks * 2048) / 1000 / (performance.now() - startedAt);
}

async function toNowhere(drive: OpticalDrive): Promise<void> {
  const chunks = drive.read({ lba: 0, blocks, recycle: true });
  while ((await chunks.next()).done !== true);
}

const toFile =
  (hashes: readonly HashName[]) =>
  async (drive: OpticalDrive): Promise<void> => {
    await rescueDisc(drive, path, { blocks, hashes, overwrite: true });
  };

const contenders = {
  "to nowhere": toNowhere,
  "to a file": toFile([]),
  "to a file, SHA-256": toFile(["sha256"]),
  "to a file, all four hashes": toFile(["sha256", "md5", "sha1", "crc32"]),
};

const rates = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
let peakBytes = 0;
try {
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      rates.get(name)?.push(await megabytesPerSecond(run));
      peakBytes = Math.max(peakBytes, process.resourceUsage().maxRSS * 1024);
    }
  }
} finally {
  for (const suffix of ["", ".map"]) rmSync(`${path}${suffix}`, { force: true });
}

const baseline = median(rates.get("to nowhere") ?? []);
for (const [name, measured] of rates) {
  const rate = median(measured);
  const share = ((100 * rate) / baseline).toFixed(0);
  console.log(`${name.padEnd(28)} ${rate.toFixed(0).padStart(6)} MB/s  ${share.padStart(4)} %`);
}
console.log(
  `most memory: ${(peakBytes / 1e6).toFixed(0)} MB, of which ${content.length / 1e6} the disc`,
);
