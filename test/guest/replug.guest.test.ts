import { WebUSB } from "usb";
import { expect, it } from "vitest";

import { isSameDrive, OpticalDrive } from "../../src/drive/index.js";
import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { openDriveAt } from "./support/open-drive.js";
import { openVirtualDrive } from "./support/open-webusb.js";
import { discDevice } from "./support/sysfs.js";
import { attachUsbIp } from "./support/vhci.js";

const webusb = new WebUSB({ allowAllDevices: true });

it.each([
  ["libusb", openDriveAt],
  ["WebUSB", async () => OpticalDrive.open(await openVirtualDrive(webusb))],
] as const)(
  "a drive that is unplugged in a read is missed once, and known again, over %s",
  async (_, open) => {
    const { path, blocks } = guestDisc("cd");
    const description = { disc: { path }, identity: { serial: "00000000BEEF" } };
    await using server = await DriveServer.start();
    const plug = async () => {
      const attached = await attachUsbIp(await server.call("serve", description));
      await discDevice(attached.location);
      return attached;
    };
    await using first = await plug();
    const before = await open(first.location);
    let disconnections = 0;
    before.on("disconnected", () => disconnections++);
    const readAll = async (drive: OpticalDrive): Promise<number> => {
      let read = 0;
      for await (const chunk of drive.read({ lba: 0, blocks })) read += chunk.length / 2048;
      return read;
    };
    await before.medium();
    await server.call("setFaults", "op=28 nth=3 phase=data: unplug");
    const readings = await Promise.allSettled([readAll(before), readAll(before)]);
    expect(readings).toMatchObject([
      { status: "rejected", reason: { code: "USB_DISCONNECTED" } },
      { status: "rejected", reason: { code: "USB_DISCONNECTED" } },
    ]);
    expect(disconnections).toBe(1);
    await before.close();
    await first.gone();

    await using second = await plug();
    await using after = await open(second.location);
    expect(isSameDrive(before.identity, after.identity)).toBe(true);
    expect(await readAll(after)).toBe(blocks);
  },
);
