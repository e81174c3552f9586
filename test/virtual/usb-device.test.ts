/// <reference types="w3c-web-usb" />
import { describe, expect, expectTypeOf, it } from "vitest";
import { generatedDisc } from "../../src/virtual/disc.js";
import { VirtualUsbDevice } from "../../src/virtual/usb-device.js";
import { FaultScript } from "../../src/virtual/faults/script.js";
import { VirtualConnectionEvent, VirtualUsb } from "../../src/virtual/virtual-usb.js";
import { hex } from "../bytes.js";
import { numberedDisc, readyDrive } from "./drive-host.js";
import { cbw, csw } from "./usb-host.js";

const testUnitReady = cbw("00000000", "00", "00 00 00 00 00 00");
const inquiry = cbw("24000000", "80", "12 00 00 00 24 00");
const invalid = hex("00");

const unopened = () => new VirtualUsbDevice(readyDrive({ disc: numberedDisc(4) }));

async function claimed(device = unopened()): Promise<VirtualUsbDevice> {
  await device.open();
  await device.claimInterface(0);
  return device;
}

const bytesOf = (view?: DataView) =>
  view && new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

it("is a USBDevice", () => {
  expectTypeOf<VirtualUsbDevice>().toExtend<USBDevice>();
  expect(unopened().opened).toBe(false);
});

it("describes itself and its one interface", () => {
  const device = unopened();
  expect(device).toMatchObject({
    usbVersionMajor: 2,
    vendorId: 0x1209,
    productId: 0x0001,
    deviceVersionMajor: 1,
    productName: "Virtual DVD drive",
    serialNumber: "0123456789AB",
  });
  expect(device.configuration?.interfaces[0]).toMatchObject({
    interfaceNumber: 0,
    claimed: false,
    alternate: { interfaceClass: 0x08, interfaceSubclass: 0x06, interfaceProtocol: 0x50 },
  });
  expect(device.configuration?.interfaces[0]?.alternate.endpoints).toEqual([
    { endpointNumber: 1, direction: "in", type: "bulk", packetSize: 512 },
    { endpointNumber: 2, direction: "out", type: "bulk", packetSize: 512 },
  ]);
});

describe("transfers", () => {
  it("carry a command, awaited in turn", async () => {
    const device = await claimed();
    expect(await device.transferOut(2, inquiry)).toEqual({ status: "ok", bytesWritten: 31 });
    const { status, data } = await device.transferIn(1, 36);
    expect([status, data?.byteLength, data?.getUint8(0)]).toEqual(["ok", 36, 5]);
    expect(bytesOf((await device.transferIn(1, 13)).data)).toEqual(csw("00000000", "00"));
  });

  it("carry a command, all in flight at once", async () => {
    const device = await claimed();
    const [data, status] = [device.transferIn(1, 36), device.transferIn(1, 13)];
    await device.transferOut(2, inquiry.buffer);
    expect((await data).data?.byteLength).toBe(36);
    expect(bytesOf((await status).data)).toEqual(csw("00000000", "00"));
  });

  it("settle in the order they were submitted", async () => {
    const device = await claimed();
    const order: string[] = [];
    await Promise.all([
      device.transferOut(2, inquiry).then(() => order.push("CBW")),
      device.transferIn(1, 36).then(() => order.push("data")),
      device.transferIn(1, 13).then(() => order.push("CSW")),
    ]);
    expect(order).toEqual(["CBW", "data", "CSW"]);
  });

  it("stall without data or with it, and tell what was written", async () => {
    const device = await claimed();
    await device.transferOut(2, cbw("00100000", "80", "28 00 00 00 00 00 00 00 01 00"));
    const partial = await device.transferIn(1, 4096);
    expect([partial.status, partial.data?.byteLength]).toEqual(["stall", 2048]);
    expect(await device.transferIn(1, 13)).toEqual({ status: "stall" });
    await device.clearHalt("in", 1);
    expect((await device.transferIn(1, 13)).data?.getUint32(8, true)).toBe(2048);
    await device.transferOut(2, invalid);
    expect(await device.transferOut(2, testUnitReady)).toEqual({
      status: "stall",
      bytesWritten: 0,
    });
  });

  it("babble when a packet does not fit", async () => {
    const device = await claimed();
    await device.transferOut(2, inquiry);
    expect((await device.transferIn(1, 13)).status).toBe("babble");
  });

  it("never give the disc's own memory away", async () => {
    const device = await claimed();
    for (const expected of [1, 1]) {
      await device.transferOut(2, cbw("00080000", "80", "28 00 00 00 00 01 00 00 01 00"));
      const { data } = await device.transferIn(1, 2048);
      expect(data?.getUint8(0)).toBe(expected);
      data?.setUint8(0, 0xff);
      await device.transferIn(1, 13);
    }
  });

  it("read a part of a view's buffer only", async () => {
    const device = await claimed();
    const buffer = new Uint8Array(64);
    buffer.set(inquiry, 10);
    const { bytesWritten } = await device.transferOut(2, new DataView(buffer.buffer, 10, 31));
    expect(bytesWritten).toBe(31);
    expect((await device.transferIn(1, 36)).status).toBe("ok");
  });
});

describe("control transfers", () => {
  const maxLun = {
    requestType: "class",
    recipient: "interface",
    request: 0xfe,
    value: 0,
    index: 0,
  } as const;
  const reset = { ...maxLun, request: 0xff };

  it("reach the device", async () => {
    const device = await claimed();
    const { status, data } = await device.controlTransferIn(maxLun, 1);
    expect([status, data?.getUint8(0)]).toEqual(["ok", 0]);
    expect(await device.controlTransferIn(maxLun, 2)).toEqual({ status: "stall" });
    expect(await device.controlTransferOut(reset)).toEqual({ status: "ok", bytesWritten: 0 });
    expect(await device.controlTransferOut(reset, hex("00"))).toEqual({
      status: "stall",
      bytesWritten: 0,
    });
  });

  it("need an interface that exists and is claimed", async () => {
    const device = unopened();
    await expect(device.controlTransferIn(maxLun, 1)).rejects.toMatchObject({
      name: "InvalidStateError",
    });
    await device.open();
    await expect(device.controlTransferIn(maxLun, 1)).rejects.toMatchObject({
      name: "InvalidStateError",
    });
    await expect(device.controlTransferIn({ ...maxLun, index: 1 }, 1)).rejects.toMatchObject({
      name: "NotFoundError",
    });
    const toEndpoint = {
      ...maxLun,
      requestType: "standard",
      recipient: "endpoint",
      request: 0,
      index: 0x83,
    } as const;
    await expect(device.controlTransferIn(toEndpoint, 2)).rejects.toMatchObject({
      name: "NotFoundError",
    });
    const descriptor = {
      ...maxLun,
      requestType: "standard",
      recipient: "device",
      request: 6,
      value: 0x100,
    } as const;
    expect((await device.controlTransferIn(descriptor, 18)).data?.byteLength).toBe(18);
  });
});

describe("the state rules", () => {
  it.each<[string, (device: VirtualUsbDevice) => Promise<unknown>]>([
    ["claimInterface", (device) => device.claimInterface(0)],
    ["releaseInterface", (device) => device.releaseInterface(0)],
    ["selectConfiguration", (device) => device.selectConfiguration(1)],
    ["selectAlternateInterface", (device) => device.selectAlternateInterface(0, 0)],
    ["clearHalt", (device) => device.clearHalt("in", 1)],
    ["transferIn", (device) => device.transferIn(1, 13)],
    ["transferOut", (device) => device.transferOut(2, testUnitReady)],
    ["reset", (device) => device.reset()],
  ])("%s wants an open device, and one that is plugged in", async (_, call) => {
    await expect(call(unopened())).rejects.toMatchObject({ name: "InvalidStateError" });
    const gone = await claimed();
    gone.unplug();
    await expect(call(gone)).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(call(gone)).rejects.toBeInstanceOf(DOMException);
  });

  it("want a claimed interface for transfers", async () => {
    const device = unopened();
    await device.open();
    await expect(device.transferIn(1, 13)).rejects.toMatchObject({ name: "InvalidStateError" });
    await device.claimInterface(0);
    expect(device.configuration?.interfaces[0]?.claimed).toBe(true);
    await device.releaseInterface(0);
    await expect(device.transferIn(1, 13)).rejects.toMatchObject({ name: "InvalidStateError" });
  });

  it("know no other interface, endpoint or configuration", async () => {
    const device = await claimed();
    for (const call of [
      device.claimInterface(1),
      device.transferIn(2, 13),
      device.transferOut(1, testUnitReady),
      device.clearHalt("out", 1),
      device.selectConfiguration(2),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "NotFoundError" });
    }
    await expect(device.selectAlternateInterface(0, 1)).rejects.toMatchObject({
      name: "NetworkError",
    });
    await expect(device.isochronousTransferIn()).rejects.toMatchObject({
      name: "InvalidAccessError",
    });
    await expect(device.isochronousTransferOut()).rejects.toMatchObject({
      name: "InvalidAccessError",
    });
  });

  it.each<[string, (device: VirtualUsbDevice) => unknown, string]>([
    ["close", (device) => device.close(), "AbortError"],
    ["forget", (device) => device.forget(), "AbortError"],
    ["releaseInterface", (device) => device.releaseInterface(0), "AbortError"],
    ["selectConfiguration", (device) => device.selectConfiguration(1), "AbortError"],
    ["selectAlternateInterface", (device) => device.selectAlternateInterface(0, 0), "AbortError"],
    ["reset", (device) => device.reset(), "AbortError"],
    ["unplug", (device) => device.unplug(), "NetworkError"],
  ])("%s rejects what is pending", async (_, call, name) => {
    const device = await claimed(
      new VirtualUsbDevice(
        readyDrive({ disc: generatedDisc(1, () => new Promise(() => undefined)) }),
      ),
    );
    await device.transferOut(2, cbw("00080000", "80", "28 00 00 00 00 00 00 00 01 00"));
    const pending = [
      device.transferIn(1, 2048),
      device.transferIn(1, 13),
      device.transferOut(2, testUnitReady),
    ];
    const settled = Promise.allSettled(pending);
    await call(device);
    const reasons = (await settled).map((result) =>
      result.status === "rejected" ? (result.reason as unknown) : "settled",
    );
    expect(reasons).toMatchObject([{ name }, { name }, { name }]);
  });

  it("let a device be opened and closed again and again", async () => {
    const device = await claimed();
    await device.open();
    await device.close();
    await device.close();
    expect([device.opened, device.configuration?.interfaces[0]?.claimed]).toEqual([false, false]);
  });

  it("make a reset a unit attention, and keep the claim", async () => {
    const device = await claimed();
    await device.reset();
    await device.transferOut(2, testUnitReady);
    expect(bytesOf((await device.transferIn(1, 13)).data)).toEqual(csw("00000000", "01"));
  });
});

it("comes and goes on a virtual bus", async () => {
  const usb = new VirtualUsb();
  const device = unopened();
  const heard: string[] = [];
  for (const type of ["connect", "disconnect"]) {
    usb.addEventListener(type, (event) => {
      if (event instanceof VirtualConnectionEvent && event.device === device)
        heard.push(event.type);
    });
  }
  usb.plug(device);
  expect(await usb.getDevices()).toEqual([device]);
  usb.unplug(device);
  usb.unplug(device);
  expect(await usb.getDevices()).toEqual([]);
  expect(heard).toEqual(["connect", "disconnect"]);
  await expect(device.open()).rejects.toMatchObject({ name: "NotFoundError" });
  usb.plug(device);
  await device.open();
  // A fault pulls the plug, too.
  device.faults = FaultScript.parse("phase=max-lun: unplug");
  await device.claimInterface(0);
  const maxLun = { requestType: "class", recipient: "interface", request: 0xfe } as const;
  await expect(
    device.controlTransferIn({ ...maxLun, value: 0, index: 0 }, 1),
  ).rejects.toMatchObject({ name: "NetworkError" });
  expect(await usb.getDevices()).toEqual([]);
  expect(heard).toEqual(["connect", "disconnect", "connect", "disconnect"]);
});
