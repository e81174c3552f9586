import { describe, expect, it } from "vitest";

import { LinuxSysfs } from "../../../src/usb/libusb/linux-sysfs.js";
import { driveFiles, fakeRoot, unitFiles } from "./fake-sysfs.js";

const where = { location: "2-1.4", configuration: 1, interfaceNumber: 0 };
const sr0 = { name: "sr0", number: "11:0" };

// proc(5): mount id, parent, major:minor, root, mount point, options, ...
const mountinfo = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
95 22 11:0 / /media/my\\040disc ro - udf /dev/cdrom ro
`;

describe("Linux's sysfs", () => {
  it("has the names of a device that may not be opened", async () => {
    const sysfs = new LinuxSysfs(await fakeRoot(driveFiles()));
    expect(await sysfs.device("2-1.4")).toEqual({
      manufacturerName: "ACME",
      productName: "Portable DVD",
      serialNumber: "KZ8E12",
      speed: "high",
    });
    expect(await sysfs.device("2-1.5")).toBeUndefined();
  });

  it.each([
    ["1.5", "low"],
    ["12", "full"],
    ["480", "high"],
    ["5000", "super"],
    ["10000", "super-plus"],
    ["20000", "super-plus"],
    ["7", "unknown"],
  ])("calls %s Mbit/s %s", async (speed, name) => {
    const root = await fakeRoot({ "sys/bus/usb/devices/1-1/speed": `${speed}\n` });
    expect(await new LinuxSysfs(root).device("1-1")).toEqual({ speed: name });
  });

  it("has what the kernel's driver found out, and its block device", async () => {
    const root = await fakeRoot(driveFiles(unitFiles(0, 5, sr0)));
    expect(await new LinuxSysfs(root).units(where)).toEqual([
      {
        deviceType: 5,
        vendor: "ACME",
        model: "DVD-RAM GP08",
        revision: "1.02",
        blockDevice: "/dev/sr0",
      },
    ]);
  });

  it("lists all logical units, and those without a block device", async () => {
    const root = await fakeRoot(driveFiles({ ...unitFiles(1, 0), ...unitFiles(0, 5, sr0) }));
    const units = await new LinuxSysfs(root).units(where);
    expect(units.map((unit) => [unit.deviceType, unit.blockDevice])).toEqual([
      [5, "/dev/sr0"],
      [0, undefined],
    ]);
  });

  it("finds the mount point by the device's number, not by its name", async () => {
    const files = driveFiles(unitFiles(0, 5, sr0));
    const root = await fakeRoot({ ...files, "proc/self/mountinfo": mountinfo });
    const [unit] = await new LinuxSysfs(root).units(where);
    expect(unit!.mountedAt).toBe("/media/my disc");
  });

  it("finds the mount point of a partition", async () => {
    const files = driveFiles({
      ...unitFiles(0, 0, { name: "sda", number: "8:0" }),
      "host6/target6:0:0/6:0:0:0/block/sda/queue/dev": "11:0\n",
      "host6/target6:0:0/6:0:0:0/block/sda/sda1/dev": "8:1\n",
    });
    const root = await fakeRoot({ ...files, "proc/self/mountinfo": mountinfo });
    const [unit] = await new LinuxSysfs(root).units(where);
    expect(unit!.mountedAt).toBe("/");
  });

  it("knows no logical units where no driver has looked", async () => {
    expect(await new LinuxSysfs(await fakeRoot(driveFiles())).units(where)).toEqual([]);
  });

  it.each([
    ["../../../bus/usb/drivers/usb-storage", true],
    ["../../../bus/usb/drivers/usbfs", false],
  ])("tells the driver %s from a program", async (driver, kernels) => {
    const root = await fakeRoot(driveFiles({ driver: `->${driver}` }));
    expect(await new LinuxSysfs(root).hasKernelDriver(where)).toBe(kernels);
  });

  it("tells an interface without a driver", async () => {
    expect(await new LinuxSysfs(await fakeRoot(driveFiles())).hasKernelDriver(where)).toBe(false);
  });
});
