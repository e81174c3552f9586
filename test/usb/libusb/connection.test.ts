import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { UsbConnection } from "../../../src/usb/connection.js";
import { openLibusbDevice } from "../../../src/usb/libusb/open.js";
import { hex } from "../../bytes.js";
import { errno, FakeDevice, FakeLibusb } from "./fake-libusb.js";

const info = { vendorId: 0x0e8d, productId: 0x1836, location: "2-1.4", speed: "high" } as const;
const bulkOnly = {
  interfaceNumber: 0,
  alternateSetting: 0,
  hasAlternates: false,
  bulkIn: { address: 0x81, type: "bulk", maxPacketBytes: 512 },
  bulkOut: { address: 0x02, type: "bulk", maxPacketBytes: 512 },
} as const;

let device: FakeDevice;
let connection: UsbConnection;

beforeEach(async () => {
  vi.useFakeTimers();
  device = new FakeDevice();
  device.kernelDriverActive = true;
  const libusb = new FakeLibusb(device);
  connection = await openLibusbDevice({ libusb, device, info, bulkOnly, platform: "linux" });
  device.calls.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

/** How a promise ended, looked at only once it has. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.unreachable(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

describe("a libusb connection's bulk transfers", () => {
  it("hand out exactly what came, without libusb's own deadline", async () => {
    const transfer = connection.transferIn(64);
    const [submitted] = device.transfers;
    expect(submitted).toMatchObject({ endpoint: 0x81, type: 2, timeoutMs: 0 });
    expect(submitted!.buffer).toHaveLength(64);
    submitted!.end(undefined, submitted!.receive(hex("05 80 00")));
    await expect(transfer).resolves.toEqual({ status: "ok", data: hex("05 80 00") });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("come into the caller's memory, where there is some", async () => {
    const memory = new Uint8Array(32).fill(0xee);
    const transfer = connection.transferIn(8, { into: memory.subarray(4) });
    expect(device.transfers[0]!.buffer).toHaveLength(8);
    device.transfers[0]!.end(undefined, device.transfers[0]!.receive(hex("05 80 00")));
    const { data } = await transfer;
    expect(data).toEqual(hex("05 80 00"));
    expect(data.buffer).toBe(memory.buffer);
    expect(memory.subarray(3, 8)).toEqual(hex("ee 05 80 00 ee"));
  });

  it("send the caller's bytes and tell how many the device took", async () => {
    const data = hex("55 53 42 43");
    const transfer = connection.transferOut(data);
    expect(device.transfers[0]).toMatchObject({ endpoint: 0x02, type: 2, buffer: data });
    device.transfers[0]!.end(undefined, 4);
    await expect(transfer).resolves.toEqual({ status: "ok", bytesWritten: 4 });
  });

  it.each([
    ["a stall", errno.stall, "stall"],
    ["babble", errno.overflow, "babble"],
  ])("keep the data that came before %s", async (_, number, status) => {
    const transfer = connection.transferIn(512);
    device.transfers[0]!.end(number, device.transfers[0]!.receive(hex("01 02")));
    await expect(transfer).resolves.toEqual({ status, data: hex("01 02") });
  });

  it("tell a stall of an OUT transfer", async () => {
    const transfer = connection.transferOut(new Uint8Array(31));
    device.transfers[0]!.end(errno.stall, 8);
    await expect(transfer).resolves.toEqual({ status: "stall", bytesWritten: 8 });
  });

  it("may be queued on one endpoint, and end in any order", async () => {
    const first = connection.transferIn(8);
    const second = connection.transferIn(13);
    expect(device.transfers).toHaveLength(2);
    device.transfers[1]!.end(errno.stall);
    device.transfers[0]!.end(undefined, 8);
    expect((await second).status).toBe("stall");
    expect((await first).data).toHaveLength(8);
  });

  it("refuse more than usbfs has memory for", async () => {
    await expect(connection.transferIn(8_388_609)).rejects.toThrow(RangeError);
    expect(device.transfers).toEqual([]);
  });

  it("tell an unplugged device from a failure", async () => {
    const gone = connection.transferIn(8);
    device.transfers[0]!.end(errno.transferNoDevice);
    expect(await failureOf(gone)).toMatchObject({ code: "USB_DISCONNECTED" });

    device.submitFailure = errno.noDevice;
    expect(await failureOf(connection.transferIn(8))).toMatchObject({ code: "USB_DISCONNECTED" });
  });

  it("ask a device on which a transfer failed whether it is still there", async () => {
    const transfer = failureOf(connection.transferIn(8));
    device.onSubmit = (probe) => setTimeout(() => probe.end(undefined, 2), 1);
    device.transfers[0]!.end(errno.transferError);
    await vi.advanceTimersByTimeAsync(1);
    const failure = await transfer;
    expect(failure).toMatchObject({ code: "USB_TRANSFER_FAILED", cause: { errno: 1 } });
    // GET_STATUS of the device, USB 2.0 table 9-4.
    expect(device.transfers[1]!.buffer.subarray(0, 8)).toEqual(hex("80 00 00 00 00 00 02 00"));
  });

  it("find that a device whose transfers fail was unplugged", async () => {
    const transfer = failureOf(connection.transferIn(8));
    let probes = 0;
    device.onSubmit = (probe) => {
      probes += 1;
      setTimeout(() => probe.end(probes < 3 ? errno.transferError : errno.transferNoDevice), 1);
    };
    device.transfers[0]!.end(errno.transferError);
    await vi.advanceTimersByTimeAsync(300);
    expect(await transfer).toMatchObject({
      code: "USB_DISCONNECTED",
      cause: { name: "UsbTransferError" },
    });
    expect(probes).toBe(3);
  });
});

describe("a libusb connection's deadlines", () => {
  it("cancel at the deadline, and reject when libusb has given the transfer back", async () => {
    const transfer = failureOf(connection.transferIn(512, { timeoutMs: 700 }));
    await vi.advanceTimersByTimeAsync(699);
    expect(device.transfers[0]!.cancels).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(device.transfers[0]!.cancels).toBe(1);
    device.transfers[0]!.end(errno.cancelled, 64);
    expect(await transfer).toMatchObject({
      code: "USB_TIMEOUT",
      timeoutMs: 700,
      bytesTransferred: 64,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are 5 s where none is given", async () => {
    const transfer = failureOf(connection.transferIn(8));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(device.transfers[0]!.cancels).toBe(0);
    await vi.advanceTimersByTimeAsync(16);
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT" });
  });

  it("do not fire at once for a time that timers cannot count", async () => {
    const transfer = connection.transferIn(8, { timeoutMs: Infinity });
    await vi.advanceTimersByTimeAsync(60_000);
    device.transfers[0]!.end(undefined, 8);
    expect((await transfer).status).toBe("ok");
  });

  it("do not lose a transfer that was over before it was cancelled", async () => {
    device.ignoresCancel = true;
    const transfer = connection.transferIn(8, { timeoutMs: 10 });
    await vi.advanceTimersByTimeAsync(10);
    device.transfers[0]!.end(undefined, device.transfers[0]!.receive(hex("0a")));
    await expect(transfer).resolves.toEqual({ status: "ok", data: hex("0a") });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("declare the connection dead where a cancelled transfer never comes back", async () => {
    device.ignoresCancel = true;
    const stuck = failureOf(connection.transferIn(8, { timeoutMs: 10 }));
    const behind = failureOf(connection.transferIn(8, { timeoutMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(10 + 1_999);
    expect(vi.getTimerCount()).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(await stuck).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(await behind).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(vi.getTimerCount()).toBe(0);
    expect(await failureOf(connection.transferOut(hex("00")))).toMatchObject({
      code: "USB_DISCONNECTED",
    });
  });
});

describe("a libusb connection's signals", () => {
  it("submit nothing when aborted before", async () => {
    const signal = AbortSignal.abort(new Error("not wanted"));
    await expect(connection.transferIn(8, { signal })).rejects.toThrow("not wanted");
    expect(device.transfers).toEqual([]);
  });

  it("cancel, and reject with the reason when the transfer is over", async () => {
    const controller = new AbortController();
    const reason = new Error("not wanted any more");
    const transfer = failureOf(connection.transferIn(8, { signal: controller.signal }));
    controller.abort(reason);
    expect(device.transfers[0]!.cancels).toBe(1);
    await vi.advanceTimersByTimeAsync(15);
    expect(await transfer).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are let go when the transfer is over", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const transfer = connection.transferIn(8, { signal });
    device.transfers[0]!.end(undefined, 8);
    await transfer;
    expect(removed).toHaveBeenCalledOnce();
  });
});

describe("a libusb connection's control requests", () => {
  // GET MAX LUN and BULK-ONLY RESET, Bulk-Only Transport 1.0, 3.2 and 3.1.
  it("ask with a setup packet, and read what follows it", async () => {
    const transfer = connection.classRequestIn(0xfe, 0, 1);
    const [submitted] = device.transfers;
    expect(submitted).toMatchObject({ endpoint: 0, type: 0, timeoutMs: 0 });
    expect(submitted!.buffer).toEqual(hex("a1 fe 00 00 00 00 01 00  00"));
    submitted!.end(undefined, submitted!.receive(hex("03")));
    await expect(transfer).resolves.toEqual({ status: "ok", data: hex("03") });
  });

  it("tell with a setup packet alone", async () => {
    const transfer = connection.classRequestOut(0xff, 0x0102);
    expect(device.transfers[0]!.buffer).toEqual(hex("21 ff 02 01 00 00 00 00"));
    device.transfers[0]!.end(errno.stall);
    await expect(transfer).resolves.toEqual({ status: "stall", bytesWritten: 0 });
  });

  it("have a deadline", async () => {
    const transfer = failureOf(connection.classRequestOut(0xff, 0, { timeoutMs: 100 }));
    await vi.advanceTimersByTimeAsync(115);
    expect(await transfer).toMatchObject({ code: "USB_TIMEOUT", timeoutMs: 100 });
  });

  it("clear a halt on the pipe that is named", async () => {
    await settled(connection.clearHalt("in"));
    await settled(connection.clearHalt("out"));
    expect(device.calls).toEqual(["clearHalt 129", "clearHalt 2"]);
  });

  it("declare the connection dead where clearing a halt never ends", async () => {
    device.silent.add("clearHalt");
    const clearing = failureOf(connection.clearHalt("in"));
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await clearing).toMatchObject({ code: "USB_TIMEOUT" });
    expect(await failureOf(connection.transferIn(8))).toMatchObject({ code: "USB_DISCONNECTED" });
  });

  it("reset the port only once what was pending is over", async () => {
    const pending = failureOf(connection.transferIn(8));
    const reset = connection.reset();
    expect(device.calls).toEqual([]);
    await settled(reset);
    expect(await pending).toMatchObject({ code: "USB_TRANSFER_FAILED" });
    expect(device.calls).toEqual(["reset"]);
  });

  it("are disconnected where the device is another one after a reset", async () => {
    device.failures["reset"] = errno.notFound;
    const reset = failureOf(connection.reset());
    await vi.advanceTimersByTimeAsync(1);
    expect(await reset).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(await failureOf(connection.transferIn(8))).toMatchObject({ code: "USB_DISCONNECTED" });
  });
});

describe("closing a libusb connection", () => {
  it("gives the operating system its driver back", async () => {
    await settled(connection.close());
    expect(device.calls).toEqual(["releaseInterface 0", "attachKernelDriver 0", "close"]);
  });

  it("cancels what is pending, and waits for it", async () => {
    const pending = failureOf(connection.transferIn(8, { timeoutMs: 60_000 }));
    const closing = connection.close();
    expect(device.calls).toEqual([]);
    await settled(closing);
    expect(await pending).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(device.calls).toEqual(["releaseInterface 0", "attachKernelDriver 0", "close"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be asked for twice, and happens once", async () => {
    const both = Promise.all([connection.close(), connection.close()]);
    await settled(both);
    await connection.close();
    expect(device.calls).toEqual(["releaseInterface 0", "attachKernelDriver 0", "close"]);
  });

  it("goes on although the device has gone", async () => {
    device.failures["releaseInterface"] = errno.noDevice;
    device.failures["attachKernelDriver"] = errno.noDevice;
    await settled(connection.close());
    expect(device.calls).toContain("close");
  });

  it("tells when the driver could not be given back, after having closed the device", async () => {
    device.failures["attachKernelDriver"] = errno.access;
    const closing = failureOf(connection.close());
    await vi.advanceTimersByTimeAsync(1);
    expect(await closing).toMatchObject({ code: "USB_TRANSFER_FAILED", cause: { errno: -3 } });
    expect(device.calls.at(-1)).toBe("close");
  });

  it("tries again where libusb still holds a transfer that it had not given back", async () => {
    device.ignoresCancel = true;
    const stuck = failureOf(connection.transferIn(8));
    const closing = connection.close();
    await vi.advanceTimersByTimeAsync(2_001);
    device.transfers[0]!.end(errno.transferNoDevice);
    await settled(closing);
    await stuck;
    expect(device.calls.filter((call) => call === "close")).toHaveLength(2);
  });

  it("leaves nothing that could be used", async () => {
    await settled(connection.close());
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

/** Lets time pass until the promise is settled. */
async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  await vi.advanceTimersByTimeAsync(300);
  return promise;
}
