import { describe, expect, it } from "vitest";

import type { UsbError } from "../../../src/usb/errors.js";
import type { LibusbHost, UsbDriveCandidate } from "../../../src/usb/libusb/candidate.js";
import { listCandidates } from "../../../src/usb/libusb/discovery.js";
import { LinuxSysfs } from "../../../src/usb/libusb/linux-sysfs.js";
import { hex } from "../../bytes.js";
import { addFiles, driveFiles, fakeRoot, unitFiles } from "./fake-sysfs.js";
import { bulkOnlyDescriptor, errno, FakeDevice, FakeLibusb } from "./fake-libusb.js";

const sr0 = { name: "sr0", number: "11:0" };
const usbStorage = { driver: "->../../../bus/usb/drivers/usb-storage" };

function linux(root: string, ...devices: FakeDevice[]): LibusbHost {
  return { libusb: new FakeLibusb(...devices), platform: "linux", sysfs: new LinuxSysfs(root) };
}

async function failureToOpen(candidate: UsbDriveCandidate): Promise<UsbError> {
  return candidate.open().then(
    () => expect.unreachable("opened"),
    (error: unknown) => error as UsbError,
  );
}

describe("the drives on Linux", () => {
  it("are listed without being touched", async () => {
    const device = new FakeDevice();
    const root = await fakeRoot(driveFiles(unitFiles(0, 5, sr0)));
    const [drive] = await listCandidates(linux(root, device));
    expect(drive).toMatchObject({
      info: {
        vendorId: 0x0e8d,
        productId: 0x1836,
        manufacturerName: "ACME",
        productName: "Portable DVD",
        serialNumber: "KZ8E12",
        location: "2-1.4",
        speed: "high",
      },
      interfaceNumber: 0,
      alternateSetting: 0,
      kernel: { deviceType: 5, model: "DVD-RAM GP08", blockDevice: "/dev/sr0" },
    });
    expect(device.calls).toEqual([]);
  });

  it("are only those that speak Bulk-Only Transport", async () => {
    const keyboard = new FakeDevice();
    keyboard.settings = [{ ...bulkOnlyDescriptor, bInterfaceClass: 3 }];
    const broken = new FakeDevice();
    Object.defineProperty(broken, "configDescriptor", {
      get() {
        throw new Error("LIBUSB_ERROR_IO");
      },
    });
    const root = await fakeRoot({});
    expect(await listCandidates(linux(root, keyboard, broken))).toEqual([]);
  });

  it("are not those that libusb has not yet heard to be unplugged", async () => {
    const root = await fakeRoot({
      ...driveFiles(unitFiles(0, 5, sr0)),
      "sys/bus/usb/devices/2-1.4/devnum": "8\n",
    });
    expect(await listCandidates(linux(root, new FakeDevice()))).toEqual([]);
  });

  it("are opened once nothing is in the way", async () => {
    const device = new FakeDevice();
    const root = await fakeRoot(driveFiles({ ...unitFiles(0, 5, sr0), ...usbStorage }));
    const [drive] = await listCandidates(linux(root, device));
    const connection = await drive!.open();
    expect(connection.info).toBe(drive!.info);
    expect(device.calls).toContain("claimInterface 0");
  });

  it("are left alone while mounted", async () => {
    const device = new FakeDevice();
    const root = await fakeRoot(driveFiles(unitFiles(0, 5, sr0)));
    const [drive] = await listCandidates(linux(root, device));
    const mountinfo = "95 22 11:0 / /media/disc ro - udf /dev/sr0 ro\n";
    await addFiles(root, { "proc/self/mountinfo": mountinfo });
    const failure = await failureToOpen(drive!);
    expect(failure.code).toBe("USB_BUSY");
    expect(failure.message).toContain("mounted at /media/disc. Unmount it first");
    expect(device.calls).toEqual([]);
  });

  it("are not disks, not even beside an optical drive", async () => {
    const device = new FakeDevice();
    const disk = unitFiles(1, 0, { name: "sdb", number: "8:16" });
    const root = await fakeRoot(driveFiles({ ...unitFiles(0, 5, sr0), ...disk }));
    const [drive] = await listCandidates(linux(root, device));
    expect(drive!.kernel).toMatchObject({ deviceType: 5 });
    const failure = await failureToOpen(drive!);
    expect(failure.code).toBe("USB_NOT_A_DRIVE");
    expect(failure.message).toContain("/dev/sdb is of SCSI type 0");
    expect(device.calls).toEqual([]);
  });

  it("are waited for while the kernel's driver looks at them", async () => {
    const device = new FakeDevice();
    const root = await fakeRoot(driveFiles(usbStorage));
    const [drive] = await listCandidates(linux(root, device));
    expect(drive!.kernel).toBeUndefined();
    const opening = failureToOpen(drive!);
    await addFiles(root, driveFiles(unitFiles(0, 0)));
    expect((await opening).code).toBe("USB_NOT_A_DRIVE");
  });
});

describe("the drives of other systems", () => {
  const names: Record<number, string> = {
    // String descriptors, USB 2.0 9.6.7: length, type 03h, UTF-16.
    1: "0a 03 41 00 43 00 4d 00 45 00",
    2: "08 03 44 00 56 00 44 00",
  };

  it("are asked for their names", async () => {
    const device = new FakeDevice();
    device.onSubmit = (transfer) => {
      expect(transfer.buffer.subarray(0, 8)[1]).toBe(0x06);
      const answer = hex(names[transfer.buffer[2]!]!);
      queueMicrotask(() => transfer.end(undefined, transfer.receive(answer)));
    };
    const host = { libusb: new FakeLibusb(device), platform: "darwin", sysfs: undefined } as const;
    const [drive] = await listCandidates(host);
    expect(drive!.info).toEqual({
      vendorId: 0x0e8d,
      productId: 0x1836,
      manufacturerName: "ACME",
      productName: "DVD",
      location: "2-1.4",
      speed: "high",
    });
    expect(device.transfers[0]!.buffer.subarray(0, 8)).toEqual(hex("80 06 01 03 09 04 ff 00"));
    expect(device.calls).toEqual(["open false", "close"]);
  });

  it("have no names without permission", async () => {
    const device = new FakeDevice();
    device.failures["open"] = errno.access;
    const host = { libusb: new FakeLibusb(device), platform: "win32", sysfs: undefined } as const;
    const [drive] = await listCandidates(host);
    expect(drive!.info).toEqual({
      vendorId: 0x0e8d,
      productId: 0x1836,
      location: "2-1.4",
      speed: "high",
    });
  });

  it("are not closed by the listing while they are in use", async () => {
    const device = new FakeDevice();
    device.interfaces = [];
    device.onSubmit = (transfer) => queueMicrotask(() => transfer.end(errno.stall));
    const host = { libusb: new FakeLibusb(device), platform: "darwin", sysfs: undefined } as const;
    const [drive] = await listCandidates(host);
    expect(drive!.info.productName).toBeUndefined();
    expect(device.calls).toEqual([]);
  });
});
