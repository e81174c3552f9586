import { afterEach, describe, expect, it, vi } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  blankDisc,
  discFromBytes,
  generatedDisc,
  VirtualDrive,
  VirtualUsbDevice,
  type VirtualDriveOptions,
} from "../../src/virtual/index.js";

const blockLength = 2048;
const image = Uint8Array.from({ length: 300 * blockLength }, (_, index) => (index * 11) % 251);

/** A disc of 8.5 GB whose blocks begin with their own address, least significant byte last. */
const dualLayerBlocks = 4_150_000;
const dualLayerDisc = generatedDisc(dualLayerBlocks, (lba, count) => {
  const data = new Uint8Array(count * blockLength);
  const view = new DataView(data.buffer);
  for (let block = 0; block < count; block++) view.setUint32(block * blockLength, lba + block);
  return data;
});

interface Opened {
  readonly drive: OpticalDrive;
  readonly virtual: VirtualDrive;
  readonly device: VirtualUsbDevice;
}

async function open(options: VirtualDriveOptions = {}): Promise<Opened> {
  const virtual = new VirtualDrive(options);
  const device = new VirtualUsbDevice(virtual);
  return { drive: await OpticalDrive.open(await openWebUsb(device)), virtual, device };
}

describe("OpticalDrive", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("knows who it is", async () => {
    const identity = { vendorId: "ACME", productId: "SUPER DVD", revision: "1.02", serial: "S1" };
    const { drive } = await open({ identity });
    expect(drive.identity).toMatchObject({
      vendor: "ACME",
      product: "SUPER DVD",
      revision: "1.02",
      serialNumber: "S1",
    });
    await drive.close();
  });

  it("tells what it can do", async () => {
    const { drive } = await open({ disc: discFromBytes(image) });
    const capabilities = await drive.capabilities();
    expect(capabilities).toMatchObject({
      loadingMechanism: "tray",
      canEject: true,
      canLock: true,
      cssVersion: 1,
    });
    expect(capabilities.profiles).toContainEqual({ code: 0x10, name: "DVD-ROM", current: true });
    expect(capabilities.profiles).toContainEqual({ code: 0x08, name: "CD-ROM", current: false });
    await drive.close();
  });

  describe("the medium", () => {
    it.each([
      [
        "a small DVD",
        discFromBytes(image),
        { name: "DVD-ROM", kind: "DVD", blocks: 300, bytes: 614_400, layers: 1 },
      ],
      [
        "a CD",
        discFromBytes(image, { media: "cd-rom" }),
        { name: "CD-ROM", kind: "CD", blocks: 300, layers: undefined, copyright: undefined },
      ],
      [
        "a DVD of two layers",
        dualLayerDisc,
        {
          blocks: dualLayerBlocks,
          bytes: 8_499_200_000,
          layers: 2,
          layerBreakLba: 2_075_008,
          status: "complete",
        },
      ],
      [
        "a blank disc",
        blankDisc(),
        { name: "DVD-R Sequential Recording", status: "empty", blocks: 0, bytes: 0 },
      ],
    ])("is %s", async (_what, disc, expected) => {
      const { drive } = await open({ disc });
      expect(await drive.medium()).toMatchObject(expected);
      await drive.close();
    });

    it("says where a protected disc plays", async () => {
      const copyright = { protection: "css", regionMask: 0b1111_1101 } as const;
      const { drive } = await open({ disc: discFromBytes(image, { copyright }) });
      expect((await drive.medium())?.copyright).toMatchObject({
        protection: { code: 1, name: "CSS or CPPM" },
        regions: [2],
      });
      await drive.close();
    });

    it.each([
      ["noMedium", {}],
      ["trayOpen", { trayOpen: true }],
    ] as const)("is undefined where there is none: %s", async (presence, options) => {
      const { drive } = await open(options);
      expect(await drive.medium()).toBeUndefined();
      expect(await drive.presence()).toBe(presence);
      await drive.close();
    });

    it("is waited for while the drive becomes ready", async () => {
      const { drive } = await open({ disc: discFromBytes(image), becomingReadyPolls: 4 });
      expect(await drive.presence()).toBe("becomingReady");
      vi.useFakeTimers();
      const medium = drive.medium();
      await vi.advanceTimersByTimeAsync(5_000);
      expect((await medium)?.blocks).toBe(300);
      vi.useRealTimers();
      await drive.close();
    });
  });

  describe("reading", () => {
    it("brings every byte of a range", async () => {
      const { drive } = await open({ disc: discFromBytes(image) });
      const chunks: Uint8Array[] = [];
      for await (const chunk of drive.read({ lba: 10, blocks: 290 })) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(image.subarray(10 * blockLength))).toBe(true);
      await drive.close();
    });

    it("reaches past 4 GiB and across the layer break", async () => {
      const { drive } = await open({ disc: dualLayerDisc });
      for (const lba of [2_075_000, 2_097_150, dualLayerBlocks - 20]) {
        let next = lba;
        for await (const chunk of drive.read({ lba, blocks: 20, recycle: true })) {
          const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
          for (let offset = 0; offset < chunk.length; offset += blockLength) {
            expect(view.getUint32(offset)).toBe(next++);
          }
        }
        expect(next).toBe(lba + 20);
      }
      await drive.close();
    });

    it("names the block at which the disc ends", async () => {
      const { drive } = await open({ disc: discFromBytes(image) });
      const reading = (async () => {
        for await (const chunk of drive.read({ lba: 290, blocks: 20 }))
          expect(chunk).toHaveLength(0);
      })();
      await expect(reading).rejects.toThrow(
        /READ \(10\) at LBA 290 failed: ILLEGAL REQUEST.*05\/21\/00/i,
      );
      await drive.close();
    });
  });

  describe("the tray", () => {
    it("opens and closes", async () => {
      const { drive, virtual } = await open({ disc: discFromBytes(image) });
      await drive.eject();
      expect(virtual.trayOpen).toBe(true);
      await drive.load();
      expect(virtual.trayOpen).toBe(false);
      await drive.close();
    });

    it("stays closed while locked, and is left unlocked", async () => {
      const { drive, virtual } = await open({ disc: discFromBytes(image) });
      await drive.lock();
      virtual.pressEject();
      expect(virtual.trayOpen).toBe(false);
      await drive.close();
      virtual.pressEject();
      expect(virtual.trayOpen).toBe(true);
    });

    it("opens by command even where it was locked", async () => {
      const { drive, virtual } = await open({ disc: discFromBytes(image) });
      await drive.lock();
      await drive.eject();
      expect(virtual.trayOpen).toBe(true);
      await drive.close();
    });
  });

  describe("speeds", () => {
    it("are listed, and set to the nearest that there is", async () => {
      const { drive, virtual } = await open({
        disc: discFromBytes(image),
        readSpeeds: [22_160, 11_080, 5_540],
      });
      const speeds = await drive.readSpeeds();
      expect(speeds[0]).toBe(22_160_000);
      await drive.setReadSpeed(11_080_000);
      expect(virtual.readSpeed).toBe(11_080);
      await drive.setReadSpeed("max");
      expect(virtual.readSpeed).toBe(22_160);
      await drive.close();
    });

    it("want a disc", async () => {
      const { drive } = await open();
      await expect(drive.setReadSpeed("max")).rejects.toMatchObject({ code: "NO_MEDIUM" });
      await drive.close();
    });
  });

  describe("events", () => {
    it("tell what happens to the disc, in order", async () => {
      const { drive, virtual } = await open();
      vi.useFakeTimers();
      const log: string[] = [];
      for (const event of [
        "mediaInserted",
        "mediaRemoved",
        "becameReady",
        "ejectRequested",
      ] as const) {
        drive.on(event, () => log.push(event));
      }
      const look = async (): Promise<string[]> => {
        await vi.advanceTimersByTimeAsync(1_000);
        return log.splice(0);
      };
      drive.watchMedia();
      expect(await look()).toEqual([]);
      virtual.insert(discFromBytes(image));
      expect(await look()).toEqual(["mediaInserted", "becameReady"]);
      expect(await look()).toEqual([]);
      await drive.lock();
      virtual.pressEject();
      expect(await look()).toEqual(["ejectRequested"]);
      await drive.unlock();
      virtual.eject();
      expect(await look()).toEqual(["mediaRemoved"]);
      drive.stopWatchingMedia();
      virtual.insert(discFromBytes(image));
      expect(await look()).toEqual([]);
      vi.useRealTimers();
      await drive.close();
    });

    it("tell once that the drive has gone", async () => {
      const { drive, device } = await open({ disc: discFromBytes(image) });
      let times = 0;
      drive.on("disconnected", () => times++);
      device.unplug();
      for (let tries = 0; tries < 2; tries++) {
        await expect(drive.execute(testUnitReady())).rejects.toMatchObject({
          code: "USB_DISCONNECTED",
        });
      }
      expect(times).toBe(1);
      await drive.close();
    });
  });

  it("refuses to work once closed, and closes once", async () => {
    const { drive, device } = await open();
    await Promise.all([drive.close(), drive.close()]);
    expect(device.opened).toBe(false);
    await expect(drive.execute(testUnitReady())).rejects.toMatchObject({
      code: "USB_DISCONNECTED",
    });
  });
});
