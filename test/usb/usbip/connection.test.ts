import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { OpticalDrive } from "../../../src/drive/optical-drive.js";
import { UsbDvdError } from "../../../src/errors.js";
import { defaultTransferTimeoutMs } from "../../../src/usb/connection.js";
import { answerTimeoutMs } from "../../../src/usb/usbip/message-socket.js";
import { unlinkGraceMs } from "../../../src/usb/usbip/urb-session.js";
import { listUsbIpDrives, openUsbIp } from "../../../src/usb/usbip/index.js";
import {
  BulkOnlyDevice,
  discFromBytes,
  UsbIpServer,
  VirtualDrive,
} from "../../../src/virtual/node.js";
import { hex } from "../../bytes.js";

const image = Uint8Array.from({ length: 3000 * 2048 }, (_, index) => (index * 7) % 251);
const host = "127.0.0.1";

describe("a drive at a USB/IP server", () => {
  let device: BulkOnlyDevice;
  let server: UsbIpServer;
  let port: number;

  beforeEach(async () => {
    device = new BulkOnlyDevice(new VirtualDrive({ disc: discFromBytes(image) }));
    server = new UsbIpServer([device]);
    ({ port } = await server.listen({ port: 0 }));
  });
  afterEach(() => server.close());

  it("is found, opened and read, and free again once it is closed", async () => {
    const [found, ...others] = await listUsbIpDrives({ host, port });
    expect(others).toEqual([]);
    expect(found!.info).toEqual({
      vendorId: 0x1209,
      productId: 0x0001,
      location: `usbip://127.0.0.1:${port}/1-1`,
      speed: "high",
    });
    {
      await using drive = await OpticalDrive.open(await found!.open());
      expect(drive.identity).toMatchObject({ vendor: "USB-DVD", product: "Virtual DVD-ROM" });
      expect(await listUsbIpDrives({ host, port })).toEqual([]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of drive.read({ lba: 0, blocks: 3000 })) chunks.push(chunk.slice());
      expect(Buffer.concat(chunks).equals(image)).toBe(true);
    }
    await expect.poll(() => listUsbIpDrives({ host, port })).toHaveLength(1);
  });

  it("tells its names, takes back a transfer, and goes on after a reset", async () => {
    const connection = await openUsbIp({ host, port, busId: "1-1" });
    expect(connection.info).toMatchObject({
      manufacturerName: "usb-dvd",
      productName: "Virtual DVD drive",
      serialNumber: "0123456789AB",
    });
    const reason = new Error("enough");
    await expect(
      connection.transferIn(13, { signal: AbortSignal.timeout(20) }),
    ).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(connection.transferIn(13, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "USB_TIMEOUT",
    });
    await expect(connection.transferIn(13, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(await connection.classRequestIn(0xfe, 0, 1)).toEqual({ status: "ok", data: hex("00") });
    expect((await connection.classRequestOut(0x77, 0)).status).toBe("stall");
    await connection.reset();
    expect(device.configured).toBe(true);
    const inquiry = hex("55534243 01000000 24000000 80 00 06 120000002400" + "00".repeat(10));
    const command = connection.transferOut(inquiry);
    const data = connection.transferIn(36);
    const status = connection.transferIn(13);
    expect(await command).toEqual({ status: "ok", bytesWritten: 31 });
    expect((await data).data.length).toBe(36);
    expect((await status).data).toEqual(hex("55534253 01000000 00000000 00"));
    await connection.close();
    await expect(connection.transferIn(1)).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
  });

  it("is missed at once when it is unplugged there", async () => {
    const connection = await openUsbIp({ host, port, busId: "1-1" });
    const waiting = connection.transferIn(13);
    server.unplug(device);
    await expect(waiting).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
    await expect(connection.transferIn(13)).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
  });

  it("cannot be had where another has it, where it is not, or where no server is", async () => {
    const connection = await openUsbIp({ host, port, busId: "1-1" });
    await expect(openUsbIp({ host, port, busId: "1-1" })).rejects.toMatchObject({
      code: "USB_BUSY",
    });
    await expect(openUsbIp({ host, port, busId: "9-9" })).rejects.toMatchObject({
      code: "USB_UNAVAILABLE",
    });
    await connection.close();
    await server.close();
    await expect(openUsbIp({ host, port, busId: "1-1" })).rejects.toMatchObject({
      code: "USB_UNAVAILABLE",
    });
  });
});

describe("a server that is none", () => {
  let server: Server;
  let answer: Uint8Array;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(answer);
    });
    server.listen(0, host);
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());

  it.each([
    ["nothing", "", "USB_DISCONNECTED"],
    ["half a reply", "0111 0003", "USB_DISCONNECTED"],
    ["another version", "0200 0003 00000000", "USB_IP_PROTOCOL"],
    ["the reply to something else", "0111 0005 00000000", "USB_IP_PROTOCOL"],
    ["a page", "48545450 2f312e31", "USB_IP_PROTOCOL"],
    ["no description", "0111 0003 00000000", "USB_DISCONNECTED"],
    [
      "an answer to nothing",
      "0111 0003 00000000" + "00".repeat(312) + "00000003 00000077" + "00".repeat(40),
      "USB_IP_PROTOCOL",
    ],
    [
      "more than was asked for",
      `0111 0003 00000000${"00".repeat(312)} 00000003 00000001${"00".repeat(16)}ffffffff${"00".repeat(20)}`,
      "USB_IP_PROTOCOL",
    ],
  ])("is refused when it sends %s", async (_, bytes, code) => {
    answer = hex(bytes);
    await expect(openUsbIp({ host, port, busId: "1-1" })).rejects.toMatchObject({ code });
  });

  it("is given up when it says nothing", async () => {
    let asked: () => void = () => undefined;
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", asked);
    });
    silent.listen(0, host);
    await once(silent, "listening");
    const address = { host, port: (silent.address() as AddressInfo).port };
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const listing = listUsbIpDrives(address);
      const outcome = expect(listing).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
      await wasAsked;
      await vi.advanceTimersByTimeAsync(answerTimeoutMs);
      await outcome;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
      silent.close();
    }
  });

  it("is given up when it never gives back a transfer", async () => {
    const imported = hex("0111 0003 00000000" + "00".repeat(312));
    const heard: Buffer[] = [];
    const sluggish = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        if (heard.length === 0) socket.write(imported);
        heard.push(data);
      });
    });
    sluggish.listen(0, host);
    await once(sluggish, "listening");
    const { port: there } = sluggish.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const opening = openUsbIp({ host, port: there, busId: "1-1" });
      const outcome = expect(opening).rejects.toMatchObject({
        code: "USB_DISCONNECTED",
        message: expect.stringContaining("not given back within 5000 ms") as string,
      });
      await vi.waitUntil(() => heard.length === 2);
      await vi.advanceTimersByTimeAsync(defaultTransferTimeoutMs);
      await vi.waitUntil(() => heard.length === 3);
      const unlink = 2;
      expect(heard[2]?.readUInt32BE(0)).toBe(unlink);
      await vi.advanceTimersByTimeAsync(unlinkGraceMs);
      await outcome;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
      sluggish.close();
    }
  });

  it("may list devices that have no interfaces yet, which may be drives", async () => {
    const description = (busId: string, deviceClass: string, interfaces: string) => {
      const padded = Buffer.alloc(288);
      padded.write("/sys/devices/x", 0);
      padded.write(busId, 256);
      const numbers = "00000001 00000002 00000003 46f4 0001 0100";
      return Buffer.concat([padded, hex(`${numbers}${deviceClass}000000 01${interfaces}`)]);
    };
    answer = Buffer.concat([
      hex("0111 0005 00000000 00000003"),
      description("1-1", "00", "00"),
      description("1-2", "00", "01 08065000"),
      description("1-3", "00", "01 03010100"),
    ]);
    const found = await listUsbIpDrives({ host, port });
    expect(found.map(({ info }) => info.location)).toEqual([
      `usbip://${host}:${port}/1-1`,
      `usbip://${host}:${port}/1-2`,
    ]);
  });

  it("is refused when it claims to have a million devices", async () => {
    answer = hex("0111 0005 00000000 000f4240");
    await expect(listUsbIpDrives({ host, port })).rejects.toMatchObject({
      code: "USB_IP_PROTOCOL",
    });
  });

  it("gets a typed error for whatever bytes it sends", async () => {
    const imported = hex("0111 0003 00000000" + "00".repeat(312));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 400 }), async (goesOn, bytes) => {
        answer = goesOn ? Buffer.concat([imported, bytes]) : bytes;
        const opened = openUsbIp({ host, port, busId: "1-1" });
        await expect(opened).rejects.toBeInstanceOf(UsbDvdError);
      }),
      { numRuns: 300 },
    );
  });
});
