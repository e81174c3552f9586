/// <reference types="w3c-web-usb" />
import { describe, expect, expectTypeOf, it } from "vitest";

import type { UsbError } from "../../../src/usb/errors.js";
import type { WebUsbDevice } from "../../../src/usb/webusb/device.js";
import { openWebUsb } from "../../../src/usb/webusb/open.js";
import { configuration, FakeNusbDevice, FakeWebUsbDevice } from "./fake-device.js";

async function failureToOpen(device: FakeWebUsbDevice): Promise<UsbError> {
  return openWebUsb(device).then(
    () => expect.unreachable("opened"),
    (error: unknown) => error as UsbError,
  );
}

describe("opening a WebUSB device", () => {
  it("takes any standard USBDevice", () => {
    expectTypeOf<USBDevice>().toExtend<WebUsbDevice>();
    expectTypeOf<import("usb").WebUSBDevice>().toExtend<WebUsbDevice>();
  });

  it("claims the Bulk-Only interface", async () => {
    const device = new FakeWebUsbDevice();
    const connection = await openWebUsb(device);
    expect(device.calls).toEqual(["open", "claimInterface 0"]);
    expect(connection.info).toEqual({
      vendorId: 0x0e8d,
      productId: 0x1836,
      productName: "ACME DVD",
      location: "webusb",
      speed: "high",
    });
    expect(connection.limits).toEqual({
      maxTransferBytes: 4_194_304,
      maxPacketBytes: 512,
      queuesTransfers: true,
      cancelsTransfers: false,
    });
  });

  it("selects a configuration where none is active, and a setting where there are several", async () => {
    const device = new FakeWebUsbDevice();
    const [storage] = configuration.interfaces;
    const [bulkOnly] = storage!.alternates;
    const attachedScsi = { ...bulkOnly!, interfaceProtocol: 0x62 };
    const alternates = [attachedScsi, { ...bulkOnly!, alternateSetting: 1 }];
    device.configuration = null;
    device.configurations = [
      { configurationValue: 1, interfaces: [] },
      { configurationValue: 2, interfaces: [{ interfaceNumber: 5, alternates }] },
    ];
    await openWebUsb(device);
    expect(device.calls).toEqual([
      "open",
      "selectConfiguration 2",
      "claimInterface 5",
      "selectAlternateInterface 5 1",
    ]);
  });

  it("refuses what does not speak Bulk-Only Transport, and closes it", async () => {
    const device = new FakeWebUsbDevice();
    device.configuration = { configurationValue: 1, interfaces: [] };
    expect((await failureToOpen(device)).code).toBe("USB_NOT_A_DRIVE");
    expect(device.calls).toEqual(["open", "close"]);
  });

  it("says what is possible where the browser protects the interface", async () => {
    const device = new FakeWebUsbDevice();
    device.failures["claimInterface"] = new DOMException(
      "The requested interface implements a protected class.",
      "SecurityError",
    );
    const failure = await failureToOpen(device);
    expect(failure.code).toBe("USB_ACCESS_DENIED");
    expect(failure.message).toContain("browsers keep interface class 08h");
    expect(failure.message).toContain("setUSBProtectedClassesHandler");
    expect(device.calls.at(-1)).toBe("close");
  });

  it.each([
    ["open", new Error("open error: Error: LIBUSB_ERROR_ACCESS"), "USB_ACCESS_DENIED"],
    ["claimInterface", new Error("claimInterface error: Error: LIBUSB_ERROR_BUSY"), "USB_BUSY"],
    ["claimInterface", new DOMException("Unable to claim interface.", "NetworkError"), "USB_BUSY"],
    ["open", new DOMException("The device was disconnected.", "NotFoundError"), "USB_DISCONNECTED"],
    ["open", new Error("no idea"), "USB_TRANSFER_FAILED"],
  ])("tells what it means that %s fails with %s", async (name, error, code) => {
    const device = new FakeWebUsbDevice();
    device.failures[name] = error;
    expect(await failureToOpen(device)).toMatchObject({ code, cause: error });
  });

  it("takes npm usb 3 for what it is", async () => {
    const device = new FakeNusbDevice();
    const connection = await openWebUsb(device);
    expect(device.calls).toEqual(["open", "detachKernelDriver 0", "claimInterface 0"]);
    expect(connection.info).toMatchObject({ location: "2-1.4", speed: "super-plus" });
    expect(connection.limits.queuesTransfers).toBe(false);
    const told = await openWebUsb(new FakeNusbDevice(), { queuesTransfers: true });
    expect(told.limits.queuesTransfers).toBe(true);
  });

  it("gives npm usb 3's driver back where the claim fails", async () => {
    const device = new FakeNusbDevice();
    device.failures["claimInterface"] = new Error("resource busy");
    expect((await failureToOpen(device)).code).toBe("USB_BUSY");
    expect(device.calls.slice(-2)).toEqual(["attachKernelDriver 0", "close"]);
  });
});
