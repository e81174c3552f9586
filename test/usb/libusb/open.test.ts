import { describe, expect, it } from "vitest";

import type { UsbError } from "../../../src/usb/errors.js";
import { openLibusbDevice } from "../../../src/usb/libusb/open.js";
import { errno, FakeDevice, FakeLibusb } from "./fake-libusb.js";

const info = {
  vendorId: 0x0e8d,
  productId: 0x1836,
  productName: "ACME DVD",
  location: "2-1.4",
  speed: "high",
} as const;
const bulkOnly = {
  interfaceNumber: 3,
  alternateSetting: 1,
  hasAlternates: true,
  bulkIn: { address: 0x81, type: "bulk", maxPacketBytes: 512 },
  bulkOut: { address: 0x02, type: "bulk", maxPacketBytes: 512 },
} as const;

function open(device: FakeDevice, platform: NodeJS.Platform = "linux") {
  return openLibusbDevice({ libusb: new FakeLibusb(device), device, info, bulkOnly, platform });
}

async function failureToOpen(device: FakeDevice, platform?: NodeJS.Platform): Promise<UsbError> {
  return open(device, platform).then(
    () => expect.unreachable("opened"),
    (error: unknown) => error as UsbError,
  );
}

describe("opening a device with libusb", () => {
  it("takes the interface, by its number, from the kernel's driver and claims it", async () => {
    const device = new FakeDevice();
    device.kernelDriverActive = true;
    const connection = await open(device);
    expect(device.calls).toEqual([
      "open false",
      "isKernelDriverActive 3",
      "detachKernelDriver 3",
      "claimInterface 3",
      "setInterface 3 1",
    ]);
    expect(connection.limits).toEqual({
      maxTransferBytes: 4_194_304,
      maxPacketBytes: 512,
      queuesTransfers: true,
      cancelsTransfers: true,
    });
  });

  it("gives nothing back that it did not take", async () => {
    const device = new FakeDevice();
    const connection = await open(device);
    await connection.close();
    expect(device.calls).not.toContain("detachKernelDriver 3");
    expect(device.calls).not.toContain("attachKernelDriver 3");
  });

  it("claims where the system has no drivers to detach", async () => {
    const device = new FakeDevice();
    device.failures["isKernelDriverActive"] = errno.notSupported;
    await open(device, "win32");
    expect(device.calls).toContain("claimInterface 3");
  });

  it.each([
    ["linux", 'ATTR{idVendor}=="0e8d", ATTR{idProduct}=="1836", MODE="0660", TAG+="uaccess"'],
    ["win32", "Zadig"],
    ["darwin", "Run as root"],
  ] as const)("says on %s what to do about a lack of permission", async (platform, advice) => {
    const device = new FakeDevice();
    device.failures["open"] = errno.access;
    const failure = await failureToOpen(device, platform);
    expect(failure.code).toBe("USB_ACCESS_DENIED");
    expect(failure.message).toContain("ACME DVD (0e8d:1836 at 2-1.4)");
    expect(failure.message).toContain(advice);
    expect(failure.cause).toMatchObject({ errno: -3 });
  });

  it("knows Windows' word for a device without WinUSB", async () => {
    const device = new FakeDevice();
    device.failures["open"] = errno.notSupported;
    expect((await failureToOpen(device, "win32")).code).toBe("USB_ACCESS_DENIED");
    expect((await failureToOpen(device, "linux")).code).toBe("USB_TRANSFER_FAILED");
  });

  it("leaves everything as it was where the interface cannot be claimed", async () => {
    const device = new FakeDevice();
    device.kernelDriverActive = true;
    device.failures["claimInterface"] = errno.busy;
    expect(await failureToOpen(device)).toMatchObject({ code: "USB_BUSY", cause: { errno: -6 } });
    expect(device.calls.slice(-3)).toEqual(["releaseInterface 3", "attachKernelDriver 3", "close"]);
    expect(device.interfaces).toBeUndefined();
  });

  it("refuses a device that this program has open, and leaves it open", async () => {
    const device = new FakeDevice();
    await open(device);
    expect((await failureToOpen(device)).code).toBe("USB_BUSY");
    expect(device.calls).not.toContain("close");
  });

  it("tells a device that was unplugged", async () => {
    const device = new FakeDevice();
    device.failures["open"] = errno.noDevice;
    expect((await failureToOpen(device)).code).toBe("USB_DISCONNECTED");
  });
});
