import { describe, expect, it } from "vitest";

import { isSameDrive, OpticalDrive, type DriveIdentity } from "../../src/drive/index.js";
import { openUsbIp } from "../../src/usb/usbip/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  BulkOnlyDevice,
  discFromBytes,
  FaultScript,
  UsbIpServer,
  VirtualDrive,
  VirtualUsb,
  VirtualUsbDevice,
} from "../../src/virtual/node.js";

const disc = discFromBytes(new Uint8Array(1000 * 2048));

async function readAll(drive: OpticalDrive): Promise<void> {
  let blocks = 0;
  for await (const chunk of drive.read({ lba: 0, blocks: 1000 })) blocks += chunk.length / 2048;
  expect(blocks).toBe(1000);
}

/** What is told of a drive from which the plug is pulled in the middle of a read, with more waiting. */
async function tellOfUnplugging(drive: OpticalDrive): Promise<unknown[]> {
  const told: unknown[] = [];
  drive.on("disconnected", () => told.push("disconnected"));
  const waiting = [readAll(drive), readAll(drive), readAll(drive)];
  for (const outcome of await Promise.allSettled(waiting)) {
    told.push(outcome.status === "rejected" ? (outcome.reason as { code: unknown }).code : "done");
  }
  await expect(drive.medium()).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
  return told;
}

const gone = ["disconnected", "USB_DISCONNECTED", "USB_DISCONNECTED", "USB_DISCONNECTED"];

describe("a drive that is unplugged in the middle of a read", () => {
  it("tells so once, and is known again, over WebUSB", async () => {
    const usb = new VirtualUsb();
    const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
    usb.plug(device);
    const before = await OpticalDrive.open(await openWebUsb(device));
    await before.presence();
    device.faults = FaultScript.parse("op=28 phase=data: unplug");
    expect(await tellOfUnplugging(before)).toEqual(gone);
    expect(await usb.getDevices()).toEqual([]);
    await before.close();

    device.faults = undefined;
    usb.plug(device);
    await using after = await OpticalDrive.open(await openWebUsb(device));
    expect(isSameDrive(before.identity, after.identity)).toBe(true);
    await readAll(after);
  });

  it("tells so once, and is known again, over USB/IP", async () => {
    const device = new BulkOnlyDevice(new VirtualDrive({ disc }));
    await using server = new UsbIpServer([device]);
    const { port } = await server.listen({ port: 0 });
    const address = { host: "127.0.0.1", port, busId: "1-1" };
    const before = await OpticalDrive.open(await openUsbIp(address));
    await before.presence();
    device.faults = FaultScript.parse("op=28 phase=data: unplug");
    expect(await tellOfUnplugging(before)).toEqual(gone);
    await before.close();

    device.faults = undefined;
    server.plug(device);
    await using after = await OpticalDrive.open(await openUsbIp(address));
    expect(isSameDrive(before.identity, after.identity)).toBe(true);
    await readAll(after);
  });
});

describe("isSameDrive", () => {
  const usb = { vendorId: 1, productId: 2, location: "1-1", speed: "high" } as const;
  const drive: DriveIdentity = {
    vendor: "ACME",
    product: "DVD",
    revision: "1.00",
    serialNumber: "A1",
    usb,
  };
  const { serialNumber: _serial, ...nameless } = drive;

  it.each<[string, DriveIdentity, DriveIdentity, boolean]>([
    ["in another port", drive, { ...drive, usb: { ...usb, location: "2-1" } }, true],
    ["with new firmware", drive, { ...drive, revision: "1.01" }, true],
    ["of another number", drive, { ...drive, serialNumber: "A2" }, false],
    ["of another model", drive, { ...drive, product: "DVD II" }, false],
    ["behind another bridge", drive, { ...drive, usb: { ...usb, productId: 3 } }, false],
    ["that has lost its number", drive, nameless, false],
    ["without a number, in the same port", nameless, nameless, true],
    [
      "without a number, in another",
      nameless,
      { ...nameless, usb: { ...usb, location: "2" } },
      false,
    ],
  ])("knows a drive %s", (_, one, other, same) => {
    expect(isSameDrive(one, other)).toBe(same);
    expect(isSameDrive(other, one)).toBe(same);
  });
});
