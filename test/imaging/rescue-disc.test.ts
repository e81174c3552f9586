import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { parseMapFile } from "../../src/imaging/map-file.js";
import { rescueDisc, type RescueDiscOptions } from "../../src/imaging/rescue-disc.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  VirtualDrive,
  VirtualUsbDevice,
  type Copyright,
} from "../../src/virtual/index.js";

const blocks = 1_000;
const image = Uint8Array.from({ length: blocks * 2048 }, (_, index) => (index * 13) % 251);
const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-rescue-"));
  path = join(folder, "disc.iso");
});
afterEach(() => rm(folder, { recursive: true }));

interface Opened extends AsyncDisposable {
  readonly virtual: VirtualDrive;
  readonly device: VirtualUsbDevice;
  rescue(options?: Partial<RescueDiscOptions>): ReturnType<typeof rescueDisc>;
  rescueTo(path: string): ReturnType<typeof rescueDisc>;
}

async function open(faults = "", bytes = image, copyright?: Copyright): Promise<Opened> {
  const titleKeys = [{ firstLba: 100, lastLba: 799, key: new Uint8Array(5) }];
  const disc = discFromBytes(bytes, copyright ? { copyright, titleKeys } : {});
  const virtual = new VirtualDrive({ disc });
  const device = new VirtualUsbDevice(virtual, { faults: FaultScript.parse(faults) });
  const drive = await OpticalDrive.open(await openWebUsb(device));
  await drive.medium();
  return {
    virtual,
    device,
    rescue: (options) => rescueDisc(drive, path, { blocks: bytes.length / 2048, ...options }),
    rescueTo: (target) => rescueDisc(drive, target, { blocks: bytes.length / 2048 }),
    [Symbol.asyncDispose]: () => drive.close(),
  };
}

const mapOf = async () => parseMapFile(await readFile(`${path}.map`, "utf8"), path);

describe("rescueDisc", () => {
  it("copies a disc, hashes it on the way, and leaves a finished map", async () => {
    await using opened = await open();
    const hashes = ["sha256", "md5", "sha1", "crc32"] as const;
    const result = await opened.rescue({ hashes, creator: "a test" });
    expect(result).toMatchObject({
      bytes: image.length,
      missingBytes: 0,
      protectedBytes: 0,
      wasResumed: false,
      hashes: {
        sha256: sha256(image),
        md5: createHash("md5").update(image).digest("hex"),
        sha1: createHash("sha1").update(image).digest("hex"),
      },
      mapPath: `${path}.map`,
    });
    expect(result.hashes.crc32).toMatch(/^[\da-f]{8}$/);
    expect(Buffer.compare(await readFile(path), image)).toBe(0);
    expect(await mapOf()).toMatchObject({ status: "+" });
    expect((await readdir(folder)).sort()).toEqual(["disc.iso", "disc.iso.map"]);
  });

  it("rescues all but the bad sectors, and these once the disc is clean", async () => {
    const faults = "lba=0: sense 03/11/00\nlba=500-509: sense 03/02/00\nlba=999: sense 04/09/00";
    {
      await using opened = await open(faults);
      const { missingBytes, summary, hashes } = await opened.rescue();
      expect(missingBytes).toBe(12 * 2048);
      expect(summary.bad).toEqual({ bytes: 12 * 2048, areas: 3 });
      const holed = image.slice();
      for (const lba of [0, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 999]) {
        holed.fill(0, lba * 2048, (lba + 1) * 2048);
      }
      expect(Buffer.compare(await readFile(path), holed)).toBe(0);
      expect(hashes.sha256).toBe(sha256(holed));
    }
    await using cleaned = await open();
    const { missingBytes, wasResumed, hashes } = await cleaned.rescue({ retries: 1 });
    expect({ missingBytes, wasResumed }).toEqual({ missingBytes: 0, wasResumed: true });
    expect(hashes.sha256).toBe(sha256(image));
  });

  it("fills what it could not read, and reads it later even so", async () => {
    const fill = Buffer.from("BAD SECTOR ");
    {
      await using opened = await open("lba=10: sense 03/11/00\nlba=500-501: sense 03/02/00");
      const { missing, hashes } = await opened.rescue({ fill });
      expect(missing).toEqual([
        { lba: 10, endLba: 11, status: "bad" },
        { lba: 500, endLba: 502, status: "bad" },
      ]);
      const filled = image.slice();
      for (const lba of [10, 500, 501]) {
        filled.set(Buffer.alloc(2048, "BAD SECTOR "), lba * 2048);
      }
      expect(Buffer.compare(await readFile(path), filled)).toBe(0);
      expect(hashes.sha256).toBe(sha256(filled));
    }
    await using cleaned = await open();
    const { hashes } = await cleaned.rescue({ retries: 1, fill });
    expect(hashes.sha256).toBe(sha256(image));
  });

  it("reads a range into its place, and the rest into the same file later", async () => {
    await using opened = await open();
    const ranges = [{ start: 100 * 2048, end: 110 * 2048 }];
    const first = await opened.rescue({ ranges });
    expect(first).toMatchObject({ bytes: 110 * 2048, missingBytes: 0, missing: [] });
    const part = await readFile(path);
    expect(part.length).toBe(110 * 2048);
    expect(part.subarray(0, 100 * 2048).every((byte) => byte === 0)).toBe(true);
    expect(Buffer.compare(part.subarray(100 * 2048), image.subarray(100 * 2048, 110 * 2048))).toBe(
      0,
    );
    expect(first.hashes.sha256).toBe(sha256(part));
    const whole = await opened.rescue();
    expect(whole).toMatchObject({ wasResumed: true, missingBytes: 0, bytes: image.length });
    expect(whole.hashes.sha256).toBe(sha256(image));
  });

  it("goes on though what it compares the disc by cannot be read any more", async () => {
    {
      await using opened = await open("op=28 nth=6 phase=data: unplug");
      await opened.rescue().catch(() => undefined);
    }
    await using worse = await open("lba=3: sense 03/11/00");
    expect(await worse.rescue()).toMatchObject({ wasResumed: true, missingBytes: 0 });
  });

  it("tells how fast it was, by the place", async () => {
    await using opened = await open();
    const { speeds } = await opened.rescue();
    expect(speeds.length).toBeGreaterThan(3);
    expect(speeds.every(({ bytesPerSecond }) => bytesPerSecond > 0)).toBe(true);
    const positions = speeds.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));
  });

  it("copies from several drives at once, each at its own pace", async () => {
    const slow = await open("op=28 phase=data: delay 30");
    const fast = await open("", image.slice().reverse());
    const ended: string[] = [];
    const [one, other] = await Promise.all([
      slow.rescue().finally(() => ended.push("slow")),
      fast.rescueTo(join(folder, "other.iso")).finally(() => ended.push("fast")),
    ]);
    expect(ended).toEqual(["fast", "slow"]);
    expect(one.hashes.sha256).toBe(sha256(image));
    expect(other.hashes.sha256).toBe(sha256(image.slice().reverse()));
    await slow[Symbol.asyncDispose]();
    await fast[Symbol.asyncDispose]();
  });

  it("keeps what it has when the drive is unplugged, and goes on", async () => {
    {
      await using opened = await open("op=28 nth=4 phase=data: unplug");
      await expect(opened.rescue()).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
      const { map } = await mapOf();
      expect(map.extents[0]).toMatchObject({ start: 0, status: "+" });
      expect(map.summary("-").bytes + map.summary("*").bytes).toBe(0);
    }
    await using again = await open();
    expect(await again.rescue()).toMatchObject({
      missingBytes: 0,
      wasResumed: true,
      hashes: { sha256: sha256(image) },
    });
  });

  it("tells protected sectors from damage", async () => {
    const copyright = { protection: "css", regionMask: 0 } as const;
    await using opened = await open("", image, copyright);
    const { missingBytes, protectedBytes } = await opened.rescue({ retries: 2 });
    expect(missingBytes).toBe(700 * 2048);
    expect(protectedBytes).toBe(700 * 2048);
  });

  it("ends when the disc is exchanged in the middle, and does not mix two", async () => {
    await using opened = await open("op=28 nth=4: disc-change");
    await expect(opened.rescue()).rejects.toMatchObject({ code: "DISC_CHANGED" });
    const { map } = await mapOf();
    expect(map.isComplete).toBe(false);
  });

  it("refuses to go on with another disc", async () => {
    {
      await using opened = await open("op=28 nth=4 phase=data: unplug");
      await opened.rescue().catch(() => undefined);
    }
    const before = await readFile(path);
    await using other = await open("", image.slice().reverse());
    await expect(other.rescue()).rejects.toMatchObject({
      code: "MAP_OF_ANOTHER_DISC",
      message: expect.stringContaining("differs from this one") as string,
    });
    await using larger = await open("", new Uint8Array(1_001 * 2048));
    await expect(larger.rescue()).rejects.toMatchObject({
      code: "MAP_OF_ANOTHER_DISC",
      message: expect.stringContaining("is of a disc of 2048000 bytes") as string,
    });
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it("refuses an image that is shorter than its map, or gone", async () => {
    await using opened = await open();
    await opened.rescue();
    await truncate(path, 5_000);
    await expect(opened.rescue()).rejects.toMatchObject({ code: "IMAGE_TOO_SHORT" });
    await rm(path);
    await expect(opened.rescue()).rejects.toMatchObject({ code: "IMAGE_TOO_SHORT" });
    expect(await opened.rescue({ overwrite: true })).toMatchObject({ missingBytes: 0 });
  });

  it("refuses a map that makes no sense, and an image without one", async () => {
    await using opened = await open();
    await writeFile(`${path}.map`, "this is no map\n");
    await expect(opened.rescue()).rejects.toMatchObject({ code: "MAP_UNREADABLE" });
    await rm(`${path}.map`);
    await writeFile(path, "mine");
    await expect(opened.rescue()).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("says where it cannot write", async () => {
    await using opened = await open();
    const nowhere = join(folder, "missing", "disc.iso");
    const drive = opened.rescue({ blocks });
    await drive;
    path = nowhere;
    await expect(opened.rescue()).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
  });
});
