/**
 * Runs in a guest, once a device: `measure.mjs drive` for QEMU's drive, `measure.mjs high` or `super`
 * for the kernel's gadget at that speed. Prints a table.
 */
import { appendFileSync, writeFileSync } from "node:fs";

import { plugGadget } from "../guest/support/gadget.js";
import { qemuDriveLocation } from "../guest/support/qemu-drive.js";
import { contenders, megabyte } from "./contenders.js";
import { table } from "./table.js";

const rounds = 5;
/** Enough that what comes once, such as memory touched for the first time, does not count. */
const bytesToRead = { drive: 512 * megabyte, high: 512 * megabyte, super: 1536 * megabyte };

/** Alternates the contenders, so that a change in the machine's mood hits all of them alike. */
async function measure(title: string, location: string, bytes: number): Promise<void> {
  const seconds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of Object.entries(contenders)) {
      seconds.get(name)?.push(await read(location, bytes));
    }
  }
  console.log(`${table(title, bytes, seconds)}\n`);
}

async function measureGadget(speed: "high" | "super"): Promise<void> {
  const image = "/mnt/image";
  const bytes = bytesToRead[speed];
  // Piece by piece: in User Mode Linux each page that a process has counts against a limit.
  const piece = Buffer.alloc(megabyte, "content");
  writeFileSync(image, "");
  for (let written = 0; written < bytes; written += megabyte) appendFileSync(image, piece);
  await using gadget = await plugGadget({ speed, image });
  await measure(`The kernel's gadget at ${speed} speed`, gadget.location, bytes);
}

const device = process.argv[2];
if (device === "high" || device === "super") await measureGadget(device);
else if (device === "drive") {
  await measure("QEMU's drive", await qemuDriveLocation(), bytesToRead.drive);
} else throw new Error(`There is no device "${device ?? ""}" to measure.`);
