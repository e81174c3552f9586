import { describe, expect, it } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";

const disc = discFromBytes(new Uint8Array(16 * 2048), {
  copyright: { protection: "css", regionMask: 0b1111_1101 },
});

async function open(virtual: VirtualDrive) {
  const device = new VirtualUsbDevice(virtual);
  return { drive: await OpticalDrive.open(await openWebUsb(device)), device };
}

describe("a drive's key engine", () => {
  it("has its sessions ended before the drive is closed", async () => {
    const virtual = new VirtualDrive({ disc });
    for (let opened = 0; opened < 2; opened++) {
      const { drive } = await open(virtual);
      const ended: number[] = [];
      drive.keys.on("sessionEnded", ({ agid }) => ended.push(agid));
      for (let started = 0; started < 4; started++) await drive.keys.startSession();
      await expect(drive.keys.startSession()).rejects.toMatchObject({ code: "NO_FREE_AGID" });
      await drive.close();
      expect(ended).toEqual([0, 1, 2, 3]);
      await expect(drive.keys.startSession()).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
    }
  });

  it("is told that another disc was inserted", async () => {
    const virtual = new VirtualDrive({ disc });
    const { drive } = await open(virtual);
    const session = await drive.keys.startSession();
    virtual.eject();
    virtual.insert(disc);
    await drive.execute(testUnitReady());
    expect(session.state).toBe("lost");
    await expect(session.readBusKey()).rejects.toMatchObject({ code: "SESSION_LOST" });
    await drive.close();
  });

  it("is told that the drive has gone", async () => {
    const { drive, device } = await open(new VirtualDrive({ disc }));
    const session = await drive.keys.startSession();
    const causes: string[] = [];
    drive.keys.on("sessionLost", ({ cause }) => causes.push(cause));
    device.unplug();
    await expect(drive.execute(testUnitReady())).rejects.toMatchObject({
      code: "USB_DISCONNECTED",
    });
    expect(session.state).toBe("lost");
    expect(causes).toEqual(["disconnected"]);
    await drive.close();
  });

  it("knows where the disc plays", async () => {
    const { drive } = await open(new VirtualDrive({ disc }));
    expect(await drive.keys.mediumRegions()).toEqual([2]);
    await drive.close();
  });
});
