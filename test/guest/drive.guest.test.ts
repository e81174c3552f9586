import { WebUSB } from "usb";
import { describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { UsbHotplug } from "../../src/usb/libusb/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { guestDisc } from "./support/discs.js";
import { gadgetIds, plugGadget } from "./support/gadget.js";
import { openDriveAt } from "./support/open-drive.js";
import { loadQemuDrive, qemuDriveLocation } from "./support/qemu-drive.js";
import { discDevice } from "./support/sysfs.js";
import { until } from "./support/until.js";

describe("an optical drive of others' making", () => {
  it("reads blocks past 4 GiB of a disc of 8.5 GB", async () => {
    loadQemuDrive("dualLayerDvd");
    try {
      await using drive = await openDriveAt(await qemuDriveLocation());
      const { blocks } = guestDisc("dualLayerDvd");
      expect(await drive.medium()).toMatchObject({ blocks, bytes: 8_499_200_000 });
      const chunks: Uint8Array[] = [];
      for await (const chunk of drive.read({ lba: blocks - 40, blocks: 40 })) chunks.push(chunk);
      const tail = Buffer.concat(chunks);
      expect(tail.length).toBe(40 * 2048);
      expect(tail.readUInt32BE(39 * 2048)).toBe(blocks - 1);
    } finally {
      loadQemuDrive("dvd");
    }
  });

  it("tells of discs that are taken out and put in", async () => {
    await using drive = await openDriveAt(await qemuDriveLocation());
    const log: string[] = [];
    drive.on("mediaRemoved", () => log.push("removed"));
    drive.on("mediaInserted", () => log.push("inserted"));
    drive.on("becameReady", () => log.push("ready"));
    drive.on("lookFailed", (error) => log.push(String(error)));
    drive.watchMedia(100);
    // The first look only learns how things are.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    loadQemuDrive(undefined);
    await until("removal", () => log.includes("removed") || undefined);
    loadQemuDrive("dvd");
    await until("readiness", () => log.includes("ready") || undefined);
    expect(log).toEqual(["removed", "inserted", "ready"]);
  });

  it("is read through the WebUSB face of npm usb as well", async () => {
    const disc = guestDisc("cd");
    await using gadget = await plugGadget({ speed: "high", image: disc.path });
    await discDevice(gadget.location);
    const webusb = new WebUSB({ allowAllDevices: true });
    const device = (await webusb.getDevices()).find(
      ({ vendorId, productId }) =>
        vendorId === gadgetIds.vendorId && productId === gadgetIds.productId,
    );
    const drive = await OpticalDrive.open(await openWebUsb(device!));
    expect((await drive.medium())?.blocks).toBe(disc.blocks);
    let bytes = 0;
    for await (const chunk of drive.read({ lba: 0, blocks: disc.blocks })) bytes += chunk.length;
    expect(bytes).toBe(disc.blocks * 2048);
    await drive.close();
    expect(await discDevice(gadget.location)).toMatch(/^\/dev\/sr/);
  });

  it("is announced when plugged in and when unplugged", async () => {
    await using hotplug = new UsbHotplug();
    const log: string[] = [];
    hotplug.on("attached", ({ info }) => log.push(`attached ${info.productName ?? ""}`));
    hotplug.on("detached", ({ productName }) => log.push(`detached ${productName ?? ""}`));
    await hotplug.start();
    await using gadget = await plugGadget({ speed: "high" });
    await until("announcement", () => log.length === 1 || undefined);
    gadget.unplug();
    await until("second announcement", () => log.length === 2 || undefined);
    expect(log).toEqual(["attached Gadget DVD", "detached Gadget DVD"]);
  });
});
