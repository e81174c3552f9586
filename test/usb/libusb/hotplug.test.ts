import { beforeEach, describe, expect, it, vi } from "vitest";

import { UsbHotplug } from "../../../src/usb/libusb/hotplug.js";
import { LinuxSysfs } from "../../../src/usb/libusb/linux-sysfs.js";
import { bulkOnlyDescriptor, FakeDevice, FakeLibusb } from "./fake-libusb.js";
import { driveFiles, fakeRoot } from "./fake-sysfs.js";

let present: FakeDevice;
let libusb: FakeLibusb;
let hotplug: UsbHotplug;
let events: string[];

beforeEach(async () => {
  present = new FakeDevice();
  libusb = new FakeLibusb(present);
  const sysfs = new LinuxSysfs(await fakeRoot(driveFiles()));
  hotplug = new UsbHotplug(() => Promise.resolve({ libusb, platform: "linux", sysfs }));
  events = [];
  hotplug.on("attached", ({ info }) => events.push(`attached ${info.location}`));
  hotplug.on("detached", (info) => events.push(`detached ${info.location} ${info.productName!}`));
});

describe("hot-plug", () => {
  it("does not announce what was there before, but when it goes", async () => {
    await hotplug.start();
    expect(events).toEqual([]);
    libusb.emit("detach", present);
    await vi.waitFor(() => expect(events).toEqual(["detached 2-1.4 Portable DVD"]));
  });

  it("announces drives in the order of events, and nothing else", async () => {
    await hotplug.start();
    const drive = new FakeDevice();
    const keyboard = new FakeDevice();
    keyboard.settings = [{ ...bulkOnlyDescriptor, bInterfaceClass: 3 }];
    libusb.emit("attach", keyboard);
    libusb.emit("attach", drive);
    libusb.emit("detach", drive);
    libusb.emit("detach", keyboard);
    libusb.emit("attach", new FakeDevice());
    await vi.waitFor(() =>
      expect(events).toEqual(["attached 2-1.4", "detached 2-1.4 Portable DVD", "attached 2-1.4"]),
    );
  });

  it("lets go of libusb when closed, so that the process may end", async () => {
    await hotplug.start();
    await hotplug.start();
    expect(libusb.listeners).toHaveLength(2);
    libusb.emit("attach", new FakeDevice());
    libusb.emit("detach", present);
    await hotplug.close();
    await hotplug.close();
    expect(libusb.listeners).toEqual([]);
    expect(events).toEqual([]);
  });
});
