import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { parseMapFile } from "../../src/imaging/map-file.js";
import { rescueDisc, type RescueResult } from "../../src/imaging/rescue-disc.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { fuzzSeed } from "../fuzz.js";
import { PowerLossDisk } from "./power-loss-disk.js";
import { blockBytes, blockOf } from "./scratched-disc.js";

const blocks = 120;
const image = Buffer.concat(Array.from({ length: blocks }, (_, lba) => blockOf(lba)));
const path = "/images/disc.iso";
const isLongRun = process.env["FUZZ_CASES"] !== undefined;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sectors that cannot be read, that take their time, and that are read at the third try. */
function scratches(seed: number): { readonly script: string; readonly bad: ReadonlySet<number> } {
  const random = randomNumbers(seed);
  const pick = (): number => Math.floor(random() * blocks);
  const bad = new Set([0, pick(), pick(), pick()]);
  const others = (count: number): number[] =>
    Array.from({ length: count }, pick).filter((lba) => !bad.has(lba));
  return {
    bad,
    script: [
      ...[...bad].map((lba) => `lba=${lba}: sense 03/11/00`),
      ...others(2).map((lba) => `lba=${lba} phase=data: delay 1`),
      ...others(3).map((lba) => `lba=${lba} times=2: sense 03/02/00`),
    ].join("\n"),
  };
}

async function rescue(files: PowerLossDisk, script: string): Promise<RescueResult> {
  const virtual = new VirtualDrive({ disc: discFromBytes(image) });
  const faults = FaultScript.parse(script);
  const device = new VirtualUsbDevice(virtual, { faults });
  await using drive = await OpticalDrive.open(await openWebUsb(device));
  await drive.medium();
  return await rescueDisc(drive, path, { blocks, files, saveIntervalMs: 0, retries: 3 });
}

/** Whatever the map tells to be rescued is in the image. */
function expectMapToBeTrue(files: PowerLossDisk): void {
  const text = files.content(`${path}.map`)?.toString();
  if (text === undefined) return;
  const { map } = parseMapFile(text, path);
  const found = files.content(path) ?? Buffer.alloc(0);
  for (const { start, end, status } of map.extents) {
    if (status !== "+") continue;
    expect(found.subarray(start, end).equals(image.subarray(start, end))).toBe(true);
  }
}

describe("an image and its map", () => {
  const seed = fuzzSeed;
  const { script, bad } = scratches(seed);
  const expected = Buffer.from(image);
  for (const lba of bad) expected.fill(0, lba * blockBytes, (lba + 1) * blockBytes);
  const sha256 = createHash("sha256").update(expected).digest("hex");

  it(`are right whenever the power fails, seed ${seed}`, { timeout: 600_000 }, async () => {
    const whole = new PowerLossDisk();
    const { missingBytes, hashes } = await rescue(whole, script);
    expect({ missingBytes, sha256: hashes.sha256 }).toEqual({
      missingBytes: bad.size * blockBytes,
      sha256,
    });
    expect(whole.changes).toBeGreaterThan(100);
    if (isLongRun) console.log(`The power fails at each of ${whole.changes} changes in turn.`);
    const random = randomNumbers(seed + 1);
    // `npm run test:long` tries each of them.
    const step = isLongRun ? 1 : Math.ceil(whole.changes / 60);
    for (let failsAt = 1; failsAt <= whole.changes; failsAt += step) {
      const first = new PowerLossDisk();
      first.failsAt = failsAt;
      await expect(rescue(first, script)).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
      const found = first.afterPowerLoss(random);
      expectMapToBeTrue(found);
      const result = await rescue(found, script);
      expect(result.hashes.sha256, `after change ${failsAt}`).toBe(sha256);
      expect(result.missingBytes).toBe(bad.size * blockBytes);
      expectMapToBeTrue(found);
    }
  });

  it("are right on a disk that is full, and gone on with once there is room", async () => {
    const files = new PowerLossDisk();
    files.capacity = image.length / 2;
    const virtual = rescueToDevice(files);
    await expect(virtual).rejects.toMatchObject({ code: "OUTPUT_FULL" });
    expectMapToBeTrue(files);
    files.capacity = Infinity;
    expect(await rescue(files, "")).toMatchObject({ missingBytes: 0, wasResumed: true });
  });
});

/** As above, where holes take room at once: files are as long as what was written to them. */
async function rescueToDevice(files: PowerLossDisk): Promise<RescueResult> {
  const open = files.open.bind(files);
  files.open = async (name, flags) => ({
    ...(await open(name, flags)),
    truncate: () => Promise.resolve(),
  });
  try {
    return await rescue(files, "");
  } finally {
    files.open = open;
  }
}
