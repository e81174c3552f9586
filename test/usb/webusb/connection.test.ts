import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { UsbConnection } from "../../../src/usb/connection.js";
import { openWebUsb } from "../../../src/usb/webusb/open.js";
import { hex } from "../../bytes.js";
import { FakeLibusbDevice, FakeNusbDevice, FakeWebUsbDevice } from "./fake-device.js";

let device: FakeWebUsbDevice;
let connection: UsbConnection;

async function use(fake: FakeWebUsbDevice): Promise<void> {
  device = fake;
  connection = await openWebUsb(fake);
  fake.calls.length = 0;
}

beforeEach(async () => {
  vi.useFakeTimers();
  await use(new FakeWebUsbDevice());
});

afterEach(() => {
  vi.useRealTimers();
});

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.unreachable(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

/** Data as the device hands it out: a view into something larger. */
function view(digits: string): DataView {
  const bytes = hex(`ff ${digits} ff`);
  return new DataView(bytes.buffer, 1, bytes.length - 2);
}

describe("a WebUSB connection's transfers", () => {
  it("hand out exactly what came", async () => {
    const transfer = connection.transferIn(64);
    expect(device.transfers[0]!.call).toBe("transferIn 1 64 within 5000");
    device.transfers[0]!.resolve({ status: "ok", data: view("05 80") });
    await expect(transfer).resolves.toEqual({ status: "ok", data: hex("05 80") });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("send the caller's bytes and tell how many the device took", async () => {
    const data = hex("55 53 42 43");
    const transfer = connection.transferOut(data, { timeoutMs: 70 });
    expect(device.transfers[0]!.call).toBe("transferOut 2 within 70");
    expect(device.transfers[0]!.data).toBe(data);
    device.transfers[0]!.resolve({ status: "ok", bytesWritten: 4 });
    await expect(transfer).resolves.toEqual({ status: "ok", bytesWritten: 4 });
  });

  it("send the class requests of Bulk-Only Transport", async () => {
    const maxLun = connection.classRequestIn(0xfe, 0, 1);
    expect(device.transfers[0]!.call).toBe(
      "controlTransferIn class interface 254 0 0 1 within 5000",
    );
    device.transfers[0]!.resolve({ status: "ok", data: view("03") });
    expect((await maxLun).data).toEqual(hex("03"));

    const reset = connection.classRequestOut(0xff, 0);
    expect(device.transfers[1]!.call).toBe(
      "controlTransferOut class interface 255 0 0 within 5000",
    );
    device.transfers[1]!.resolve({ status: "stall", bytesWritten: 0 });
    expect(await reset).toEqual({ status: "stall", bytesWritten: 0 });
  });

  it.each(["stall", "babble"] as const)("keep the data that came before a %s", async (status) => {
    const transfer = connection.transferIn(64);
    device.transfers[0]!.resolve({ status, data: view("01") });
    await expect(transfer).resolves.toEqual({ status, data: hex("01") });
  });

  it.each([
    ["transferIn error: Stall", "stall"],
    ["controlTransferIn error: endpoint stalled", "stall"],
    ["transferIn error: Error: LIBUSB_TRANSFER_STALL", "stall"],
    ["transferIn error: Error: LIBUSB_TRANSFER_OVERFLOW", "babble"],
    ["transferIn error: Fault", "babble"],
  ])("know the end of a transfer from %j", async (text, status) => {
    const transfer = connection.transferIn(64);
    device.transfers[0]!.reject(new Error(text));
    await expect(transfer).resolves.toEqual({ status, data: new Uint8Array() });
  });

  it.each([
    [new DOMException("The device was disconnected.", "NotFoundError"), "USB_DISCONNECTED"],
    [new Error("transferIn error: Error: LIBUSB_TRANSFER_NO_DEVICE"), "USB_DISCONNECTED"],
    [new Error("transferIn error: Disconnected"), "USB_DISCONNECTED"],
    [new Error("device disconnected"), "USB_DISCONNECTED"],
    [new Error("transferIn error: Cancelled"), "USB_TIMEOUT"],
    [new Error("controlTransferIn error: Error: LIBUSB_TRANSFER_TIMED_OUT"), "USB_TIMEOUT"],
  ])("know the failure in %s", async (error, code) => {
    const transfer = failureOf(connection.transferIn(64));
    device.transfers[0]!.reject(error);
    expect(await transfer).toMatchObject({ code });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    new DOMException("A transfer error has occurred.", "NetworkError"),
    new Error("transferIn error: Error: LIBUSB_TRANSFER_ERROR"),
  ])("ask the device whether it is there after %s", async (error) => {
    const asked = "controlTransferIn standard device 0 0 0 2 within 500";
    const failed = failureOf(connection.transferIn(64));
    device.transfers[0]!.reject(error);
    await vi.advanceTimersByTimeAsync(0);
    expect(device.transfers[1]!.call).toBe(asked);
    device.transfers[1]!.resolve({ status: "ok", data: new DataView(new ArrayBuffer(2)) });
    expect(await failed).toMatchObject({ code: "USB_TRANSFER_FAILED", cause: error });

    const missed = failureOf(connection.transferIn(64));
    device.transfers[2]!.reject(error);
    await vi.advanceTimersByTimeAsync(0);
    // It takes a while until the system has noticed.
    device.transfers[3]!.reject(error);
    await vi.advanceTimersByTimeAsync(100);
    device.transfers[4]!.reject(new DOMException("It was disconnected.", "NotFoundError"));
    expect(await missed).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are refused when too long, and when aborted before", async () => {
    await expect(connection.transferIn(8_388_609)).rejects.toThrow(RangeError);
    const signal = AbortSignal.abort(new Error("not wanted"));
    await expect(connection.transferIn(8, { signal })).rejects.toThrow("not wanted");
    expect(device.transfers).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each(["browser", "libusb"] as const)("ending a transfer, in the dialect %s", (dialect) => {
  beforeEach(() => use(new FakeWebUsbDevice(dialect)));

  it("takes releasing and claiming the interface at the deadline", async () => {
    const transfer = failureOf(connection.transferIn(64, { timeoutMs: 700 }));
    await vi.advanceTimersByTimeAsync(699);
    expect(device.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT", timeoutMs: 700 });
    expect(device.calls).toEqual(["releaseInterface 0", "claimInterface 0"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("not wanted any more");
    const transfer = failureOf(connection.transferIn(64, { signal: controller.signal }));
    controller.abort(reason);
    expect(await transfer).toBe(reason);
    expect(device.calls).toEqual(["releaseInterface 0", "claimInterface 0"]);
  });

  it("ends the others too, and starts none until it is done", async () => {
    const transfer = failureOf(connection.transferIn(64, { timeoutMs: 10 }));
    const other = failureOf(connection.transferOut(hex("00")));
    await vi.advanceTimersByTimeAsync(9);
    let released!: () => void;
    vi.spyOn(device, "claimInterface").mockImplementation(
      () => new Promise((resolve) => (released = resolve)),
    );
    await vi.advanceTimersByTimeAsync(1);
    const next = connection.transferIn(13);
    await vi.advanceTimersByTimeAsync(1);
    expect(device.transfers).toHaveLength(2);
    released();
    await vi.advanceTimersByTimeAsync(1);
    expect(device.transfers[2]!.call).toBe("transferIn 1 13 within 5000");
    device.transfers[2]!.resolve({ status: "ok" });
    expect(await next).toEqual({ status: "ok", data: new Uint8Array() });
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT" });
    expect(await other).toMatchObject({ code: "USB_TRANSFER_FAILED" });
  });
});

describe("ending a transfer that does not want to", () => {
  beforeEach(() => use(new FakeWebUsbDevice("ends nothing")));

  it("takes a reset", async () => {
    device.resetEndsAll = true;
    const transfer = failureOf(connection.classRequestOut(0xff, 0, { timeoutMs: 10 }));
    await vi.advanceTimersByTimeAsync(10 + 2_000);
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT" });
    expect(device.calls).toEqual([
      "releaseInterface 0",
      "claimInterface 0",
      "reset",
      "claimInterface 0",
    ]);
    const next = connection.transferIn(8);
    device.transfers[1]!.resolve({ status: "ok" });
    expect((await next).status).toBe("ok");
  });

  it("declares the connection dead in the end, and leaves nobody waiting", async () => {
    const stuck = failureOf(connection.transferIn(8, { timeoutMs: 10 }));
    const behind = failureOf(connection.transferIn(8, { timeoutMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(10 + 2_000 + 2_000);
    expect(await stuck).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(await behind).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(await failureOf(connection.transferIn(8))).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(vi.getTimerCount()).toBe(0);
    // Nobody waits any more, so that closing has nothing to end.
    device.calls.length = 0;
    await connection.close();
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });
});

describe("npm usb 3", () => {
  let nusb: FakeNusbDevice;
  beforeEach(async () => {
    nusb = new FakeNusbDevice();
    await use(nusb);
  });

  it("keeps the deadline itself, and is not touched meanwhile", async () => {
    nusb.borrowed = true;
    const transfer = failureOf(connection.transferIn(64, { timeoutMs: 700 }));
    expect(device.transfers[0]!.call).toBe("transferIn 1 64 within 700");
    await vi.advanceTimersByTimeAsync(720);
    device.transfers[0]!.reject(new Error("transferIn error: Cancelled"));
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT", timeoutMs: 700 });
    expect(device.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is waited for after an abort, since it cannot be stopped", async () => {
    const controller = new AbortController();
    const reason = new Error("not wanted any more");
    const options = { timeoutMs: 700, signal: controller.signal };
    const transfer = failureOf(connection.transferIn(64, options));
    controller.abort(reason);
    await vi.advanceTimersByTimeAsync(700);
    device.transfers[0]!.reject(new Error("transferIn error: Cancelled"));
    expect(await transfer).toBe(reason);
    expect(device.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([false, true])("is given up where it does not keep it (aborted: %s)", async (aborted) => {
    const controller = new AbortController();
    const options = { timeoutMs: 700, signal: controller.signal };
    const transfer = failureOf(connection.transferIn(64, options));
    if (aborted) controller.abort();
    await vi.advanceTimersByTimeAsync(2_700);
    expect(await transfer).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("loses its claim in a reset, and takes it from the kernel's driver again", async () => {
    await connection.reset();
    expect(device.calls).toEqual(["reset", "detachKernelDriver 0", "claimInterface 0"]);
  });

  it("is closed only once nothing is pending, and gives the kernel its driver back", async () => {
    nusb.borrowed = true;
    const transfer = failureOf(connection.transferIn(64, { timeoutMs: 700 }));
    const closing = connection.close();
    await vi.advanceTimersByTimeAsync(700);
    nusb.borrowed = false;
    device.transfers[0]!.reject(new Error("transferIn error: Cancelled"));
    await closing;
    expect(await transfer).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(device.calls).toEqual(["releaseInterface 0", "attachKernelDriver 0", "close"]);
  });
});

describe("a WebUSB connection's requests", () => {
  it("clear a halt on the pipe that is named", async () => {
    await connection.clearHalt("in");
    await connection.clearHalt("out");
    expect(device.calls).toEqual(["clearHalt in 1", "clearHalt out 2"]);
  });

  it("reset the device, and claim it again", async () => {
    await connection.reset();
    expect(device.calls).toEqual(["reset", "claimInterface 0"]);
  });

  it("end what is pending before a reset", async () => {
    const pending = failureOf(connection.transferIn(8));
    await connection.reset();
    expect(await pending).toMatchObject({ code: "USB_TRANSFER_FAILED" });
    expect(device.calls.slice(-2)).toEqual(["reset", "claimInterface 0"]);
  });

  it("have a deadline", async () => {
    device.silent.add("clearHalt");
    const clearing = failureOf(connection.clearHalt("in"));
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await clearing).toMatchObject({ code: "USB_TIMEOUT" });
    expect(await failureOf(connection.transferIn(8))).toMatchObject({ code: "USB_DISCONNECTED" });
  });
});

describe("a device of npm usb 2", () => {
  beforeEach(() => use(new FakeLibusbDevice()));

  it("is reset to end a transfer, and never released, for the kernel's driver would take it", async () => {
    const transfer = failureOf(connection.transferIn(64, { timeoutMs: 700 }));
    await vi.advanceTimersByTimeAsync(700);
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT", timeoutMs: 700 });
    expect(device.calls).toEqual(["reset", "claimInterface 0"]);
  });

  it("is asked something, so that libusb notices that time is up for a clear-halt", async () => {
    device.silent.add("clearHalt");
    const clearing = failureOf(connection.clearHalt("in"));
    await vi.advanceTimersByTimeAsync(1_499);
    expect(device.transfers).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(device.transfers[0]!.call).toBe("controlTransferIn standard device 0 0 0 2 within 500");
    await vi.advanceTimersByTimeAsync(6_500);
    expect(await clearing).toMatchObject({ code: "USB_TIMEOUT" });
  });

  it("lets go of what is pending when it is closed, without a reset", async () => {
    const pending = failureOf(connection.transferIn(8, { timeoutMs: 60_000 }));
    await connection.close();
    expect(await pending).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });
});

describe("closing a WebUSB connection", () => {
  it("releases the interface and closes the device, once", async () => {
    await Promise.all([connection.close(), connection.close()]);
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });

  it("ends what is pending", async () => {
    const pending = failureOf(connection.transferIn(8, { timeoutMs: 60_000 }));
    await connection.close();
    expect(await pending).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(device.calls.slice(-2)).toEqual(["releaseInterface 0", "close"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("resets a device whose control transfer is pending, since releasing does not end it", async () => {
    await use(new FakeWebUsbDevice());
    device.resetEndsAll = true;
    const pending = failureOf(connection.classRequestOut(0xff, 0, { timeoutMs: 60_000 }));
    const closing = connection.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
    expect(await pending).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(device.calls).toContain("reset");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on although the device has gone", async () => {
    device.failures["releaseInterface"] = new DOMException("It has gone.", "NotFoundError");
    await connection.close();
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });

  it("tells when it failed, after having tried everything", async () => {
    device.failures["releaseInterface"] = new Error("no idea");
    const closing = failureOf(connection.close());
    await vi.advanceTimersByTimeAsync(0);
    device.transfers[0]!.resolve({ status: "ok" });
    expect(await closing).toMatchObject({ code: "USB_TRANSFER_FAILED" });
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });

  it("does not tell so of a device that has gone, whatever words that is told in", async () => {
    // npm `usb` 2 has forgotten the interfaces of a device that was unplugged.
    device.failures["releaseInterface"] = new Error("releaseInterface error: interface not found");
    const closing = connection.close();
    await vi.advanceTimersByTimeAsync(0);
    device.transfers[0]!.reject(new Error("LIBUSB_ERROR_NO_DEVICE"));
    await closing;
    expect(device.calls).toEqual(["releaseInterface 0", "close"]);
  });

  it("leaves a device open that was open before", async () => {
    const open = new FakeWebUsbDevice();
    open.opened = true;
    await (await openWebUsb(open)).close();
    expect(open.calls).toEqual(["claimInterface 0", "releaseInterface 0"]);
  });

  it("leaves nothing that could be used", async () => {
    await connection.close();
    const attempts = [
      connection.transferIn(1),
      connection.transferOut(hex("00")),
      connection.classRequestIn(0xfe, 0, 1),
      connection.classRequestOut(0xff, 0),
      connection.clearHalt("in"),
      connection.reset(),
    ];
    for (const attempt of attempts) {
      expect(await failureOf(attempt)).toMatchObject({ code: "USB_DISCONNECTED" });
    }
    expect(device.transfers).toEqual([]);
  });
});
