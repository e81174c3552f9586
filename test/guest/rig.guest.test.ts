import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { guestDisc } from "./support/discs.js";
import { gadgetIds, plugGadget } from "./support/gadget.js";
import {
  loadQemuDrive,
  plugQemuDrive,
  qemuDriveIds,
  qemuDriveLocation,
  unplugQemuDrive,
} from "./support/qemu-drive.js";
import { sh } from "./support/shell.js";
import {
  discDevice,
  genericDevice,
  interfaceDriver,
  usbAttribute,
  usbLocation,
} from "./support/sysfs.js";
import { until } from "./support/until.js";

async function contentSha256(device: string, blocks: number): Promise<string> {
  const { status, stdout } = await sh(`dd if="$1" bs=2048 count="$2" status=none | sha256sum`, [
    device,
    String(blocks),
  ]);
  expect(status).toBe(0);
  return stdout.slice(0, 64);
}

describe("QEMU's DVD drive", () => {
  it("is on the bus, in the hands of the kernel's driver", async () => {
    const location = await qemuDriveLocation();
    expect(await discDevice(location)).toMatch(/^\/dev\/sr\d$/);
    expect(interfaceDriver(location)).toBe("usb-storage");
  });

  it("is a DVD drive by the name of QEMU", async () => {
    const device = await genericDevice(await qemuDriveLocation());
    const { stdout } = await sh(`sg_inq "$1"`, [device]);
    expect(stdout).toMatch(/Vendor identification: QEMU/);
    expect(stdout).toMatch(/Peripheral device type: cd\/dvd/);
    const configuration = await sh(`sg_get_config --brief --current "$1"`, [device]);
    expect(configuration.stdout).toMatch(/DVD-ROM/);
  });

  it("reads as the host wrote it", async () => {
    const { contentBlocks, contentSha256: expected } = guestDisc("dvd");
    const device = await discDevice(await qemuDriveLocation());
    expect(await contentSha256(device, contentBlocks)).toBe(expected);
  });

  it("takes another disc", async () => {
    const device = await discDevice(await qemuDriveLocation());
    loadQemuDrive("cd");
    const capacity = await until("smaller disc", async () => {
      const { stdout } = await sh(`sg_readcap --brief "$1"`, [device]);
      const blocks = Number(stdout.split(" ")[0]);
      return blocks === guestDisc("cd").blocks ? blocks : undefined;
    });
    expect(capacity).toBe(guestDisc("cd").blocks);
    loadQemuDrive("dvd");
  });

  it("can be unplugged and plugged in", async () => {
    unplugQemuDrive();
    await until("empty port", () => usbLocation(qemuDriveIds) === undefined || undefined);
    const location = await plugQemuDrive("dvd");
    expect(await discDevice(location)).toMatch(/^\/dev\/sr\d$/);
  });
});

describe("the kernel's CD-ROM gadget", () => {
  it.each([
    { speed: "high", megabits: "480" },
    { speed: "super", megabits: "5000" },
  ] as const)("reads at $speed speed as the host wrote it", async ({ speed, megabits }) => {
    const disc = guestDisc("cd");
    await using gadget = await plugGadget({ speed, image: disc.path });
    const device = await discDevice(gadget.location);
    expect(interfaceDriver(gadget.location)).toBe("usb-storage");
    expect(usbAttribute(gadget.location, "speed")).toBe(megabits);
    expect(await contentSha256(device, disc.contentBlocks)).toBe(disc.contentSha256);
  });

  it("comes and goes", async () => {
    const disc = guestDisc("cd");
    await using gadget = await plugGadget({ speed: "high" });
    const device = await discDevice(gadget.location);
    expect((await sh(`dd if="$1" count=1 status=none`, [device])).stderr).toMatch(
      /No medium found/,
    );
    gadget.load(disc.path);
    expect(await contentSha256(device, disc.contentBlocks)).toBe(disc.contentSha256);
    gadget.unplug();
    await until("empty port", () => usbLocation(gadgetIds) === undefined || undefined);
    expect(existsSync(device)).toBe(false);
  });
});
