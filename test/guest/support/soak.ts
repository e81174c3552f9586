import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { expect } from "vitest";

import { OpticalDrive } from "../../../src/drive/optical-drive.js";
import { UsbDvdError } from "../../../src/errors.js";
import { getEventStatusNotification } from "../../../src/mmc/get-event-status-notification.js";
import { inquiry } from "../../../src/scsi/inquiry.js";
import { read10 } from "../../../src/scsi/read.js";
import { readCapacity } from "../../../src/scsi/read-capacity.js";
import { testUnitReady } from "../../../src/scsi/test-unit-ready.js";
import { matrix } from "../../matrix/cases.js";
import { DriveServer } from "./drive-server.js";
import { openDriveAt } from "./open-drive.js";
import { attachUsbIp, type AttachedDevice } from "./vhci.js";

const image = "/tmp/soak.iso";
const blocks = 4096;
const longestRead = 64;
const timeoutMs = 1_500;
const oneFaultIn = 20;

/** A block that carries its own address, and the hash of all before it. */
function soakBlock(lba: number): Buffer {
  const block = Buffer.alloc(2048, lba & 0xff);
  block.writeUInt32BE(lba);
  createHash("sha256").update(block.subarray(0, 2016)).digest().copy(block, 2016);
  return block;
}

function isWhole(block: Uint8Array, lba: number): boolean {
  return Buffer.compare(block, soakBlock(lba)) === 0;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What can go wrong: all that the matrix has, of which pulling the plug is the rarest. */
const faults = matrix.filter((row) => row.faults !== "" && row.then === "works");
const unplugging = matrix.filter((row) => row.then === "gone");
const oneUnpluggingIn = 25;

/**
 * Sends commands to a virtual drive over libusb, of which one in twenty meets a fault. Each must end
 * in time, with right bytes or with a typed error; what follows a fault must work, unless the drive
 * has gone, which is then plugged in again. Prints the figures.
 */
export async function soak(commands: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const lbas = Array.from({ length: blocks }, (_, lba) => soakBlock(lba));
  writeFileSync(image, Buffer.concat(lbas));
  await using server = await DriveServer.start();
  const errors = new Map<string, number>();
  const { signal } = new AbortController();
  let plugged = await plug(server);
  let faulty = 0;
  let replugged = 0;
  let bytes = 0;
  let slowestMs = 0;
  const memory: number[] = [];

  const run = async (): Promise<void> => {
    const { drive } = plugged;
    const options = { timeoutMs, signal };
    switch (pick(["read", "read", "read", "ready", "inquiry", "capacity", "event"] as const)) {
      case "read": {
        const count = 1 + Math.floor(random() * longestRead);
        const lba = Math.floor(random() * (blocks - count));
        const data = await drive.execute(read10(lba, count), options);
        for (let index = 0; index * 2048 < data.length; index++) {
          const block = data.subarray(index * 2048, (index + 1) * 2048);
          const isCut = block.length < 2048; // a short read is short
          if (!isCut) expect(isWhole(block, lba + index), `block ${lba + index}`).toBe(true);
        }
        bytes += data.length;
        break;
      }
      case "ready":
        await drive.execute(testUnitReady(), options);
        break;
      case "inquiry":
        expect((await drive.execute(inquiry(), options)).vendorId).toBe("USB-DVD");
        break;
      case "capacity":
        expect((await drive.execute(readCapacity(), options)).blocks).toBe(blocks);
        break;
      case "event":
        await drive.execute(getEventStatusNotification(["media"]), options);
        break;
    }
  };

  const startedAt = performance.now();
  for (let command = 0; command < commands; command++) {
    if (command % Math.ceil(commands / 10) === 0) memory.push(usedMiB());
    const isFaulty = random() * oneFaultIn < 1;
    const fault = random() * oneUnpluggingIn < 1 ? pick(unplugging) : pick(faults);
    if (isFaulty) {
      faulty++;
      await server.call("setFaults", fault.faults);
    }
    const sentAt = performance.now();
    try {
      await run();
    } catch (error) {
      if (!(error instanceof UsbDvdError)) throw error;
      const told = `after ${isFaulty ? fault.title : "no fault"}: ${error.message}`;
      expect(isFaulty, told).toBe(true);
      errors.set(error.code, (errors.get(error.code) ?? 0) + 1);
    }
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    if (!isFaulty) continue;
    // The next one shows how the fault has left the drive: well, or gone.
    const isGone = await plugged.drive.execute(testUnitReady(), { timeoutMs: 20_000 }).then(
      () => false,
      (error: unknown) => {
        if ((error as UsbDvdError).code !== "USB_DISCONNECTED") throw error;
        return true;
      },
    );
    await server.call("setFaults", "");
    if (!isGone) continue;
    replugged++;
    await plugged.drive.close();
    await plugged.attached[Symbol.asyncDispose]();
    plugged = await plug(server);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  memory.push(usedMiB());

  expect(getEventListeners(signal, "abort")).toEqual([]);
  await plugged.drive.close();
  await plugged.attached[Symbol.asyncDispose]();
  const timers = process.getActiveResourcesInfo().filter((resource) => resource === "Timeout");
  console.log(
    [
      `soak, seed ${seed}: ${commands} commands in ${seconds.toFixed(0)} s, ${faulty} with a fault,`,
      `${replugged} times plugged in again; ${(bytes / 1e6).toFixed(1)} MB of right blocks;`,
      `slowest ${slowestMs.toFixed(0)} ms; errors: ${JSON.stringify(Object.fromEntries(errors))};`,
      `MiB in use at each tenth: ${memory.join(" ")};`,
      `${timers.length} timers`,
    ].join(" "),
  );
  const [, , early = 0] = memory;
  expect((memory.at(-1) ?? 0) - early, "MiB more at the end than after a fifth").toBeLessThan(16);
}

interface Plugged {
  readonly attached: AttachedDevice;
  readonly drive: OpticalDrive;
}

async function plug(server: DriveServer): Promise<Plugged> {
  const attached = await attachUsbIp(await server.call("serve", { disc: { path: image } }));
  return { attached, drive: await openDriveAt(attached.location) };
}

/** Memory that JavaScript and its buffers have in use, in MiB, once garbage is gone. */
function usedMiB(): number {
  if (globalThis.gc === undefined) throw new Error("Node was not started with --expose-gc.");
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 2 ** 20);
}
