import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { UsbConnection } from "../../src/usb/connection.js";
import { listUsbDrives, type UsbDriveCandidate } from "../../src/usb/libusb/index.js";
import { ascii, concat, hex } from "../bytes.js";
import { repository } from "./paths.js";
import { guestDisc } from "./support/discs.js";
import { gadgetIds, plugGadget, type Gadget } from "./support/gadget.js";
import { qemuDriveIds } from "./support/qemu-drive.js";
import { sh } from "./support/shell.js";
import { discDevice, interfaceDriver, type UsbIds } from "./support/sysfs.js";
import { until } from "./support/until.js";

// Command wrappers of Bulk-Only Transport 1.0, 5.1, typed by hand: INQUIRY of 36 bytes, and the
// MMC command 46h (GET CONFIGURATION), which the gadget does not know.
const inquiryWrapper = concat(
  ascii("USBC"),
  hex("01 00 00 00  24 00 00 00  80 00 06"),
  hex("12 00 00 00 24 00 00 00 00 00 00 00 00 00 00 00"),
);
const getConfigurationWrapper = concat(
  ascii("USBC"),
  hex("02 00 00 00  40 00 00 00  80 00 0a"),
  hex("46 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00"),
);
const inquiryPassed = concat(ascii("USBS"), hex("01 00 00 00  00 00 00 00  00"));
const getConfigurationFailed = concat(ascii("USBS"), hex("02 00 00 00  40 00 00 00  01"));

async function listed(ids: UsbIds): Promise<UsbDriveCandidate> {
  return until("listed drive", async () =>
    (await listUsbDrives()).find(
      ({ info, kernel }) =>
        info.vendorId === ids.vendorId &&
        info.productId === ids.productId &&
        kernel?.blockDevice !== undefined,
    ),
  );
}

/** Sends INQUIRY and returns the vendor's and the product's name. */
async function inquire(connection: UsbConnection): Promise<string> {
  const sent = await connection.transferOut(inquiryWrapper);
  expect(sent).toEqual({ status: "ok", bytesWritten: 31 });
  const { data } = await connection.transferIn(36);
  expect(await connection.transferIn(13)).toEqual({ status: "ok", data: inquiryPassed });
  return String.fromCharCode(...data.subarray(8, 32));
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.unreachable(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

describe("QEMU's DVD drive, by libusb", () => {
  it("is listed with what the kernel knows of it", async () => {
    const { info, kernel } = await listed(qemuDriveIds);
    expect(info).toMatchObject({ manufacturerName: "QEMU", speed: "super" });
    expect(kernel).toMatchObject({ deviceType: 5, vendor: "QEMU" });
    expect(kernel!.blockDevice).toBe(await discDevice(info.location));
  });

  it("is taken from usb-storage, answers, and is given back", async () => {
    const candidate = await listed(qemuDriveIds);
    const { location } = candidate.info;
    const connection = await candidate.open();
    try {
      expect(interfaceDriver(location)).toBe("usbfs");
      expect(await inquire(connection)).toMatch(/^QEMU {4}QEMU/);
      await connection.reset();
      expect(await inquire(connection)).toMatch(/^QEMU {4}QEMU/);
    } finally {
      await connection.close();
    }
    expect(interfaceDriver(location)).toBe("usb-storage");
    expect(existsSync(await discDevice(location))).toBe(true);
  });

  it("is left alone while it is mounted", async () => {
    const candidate = await listed(qemuDriveIds);
    const device = await discDevice(candidate.info.location);
    const folder = mkdtempSync(join(tmpdir(), "a disc "));
    const { status } = await sh(`modprobe isofs; mount -o ro "$1" "$2"`, [device, folder]);
    expect(status).toBe(0);
    try {
      expect(await failureOf(candidate.open())).toMatchObject({
        code: "USB_BUSY",
        message: expect.stringContaining(`${device} is mounted at ${folder}`) as string,
      });
    } finally {
      await sh(`umount "$1"`, [folder]);
    }
  });

  it("lets a program end by itself that has listed, opened and closed it", async () => {
    const program = join(repository, ".cache/closes-drive.mjs");
    await build({
      stdin: {
        contents:
          `import { listUsbDrives } from "./src/usb/libusb/index.js";` +
          `const drives = await listUsbDrives();` +
          `const drive = drives.find(({ info }) => info.vendorId === ${qemuDriveIds.vendorId});` +
          `await (await drive.open()).close();` +
          `console.log("closed");`,
        resolveDir: repository,
      },
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile: program,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 });
    expect(stdout).toBe("closed\n");
  });
});

describe("the kernel's CD-ROM gadget, by libusb", () => {
  let gadget: Gadget;
  let connection: UsbConnection;

  beforeEach(async () => {
    gadget = await plugGadget({ speed: "high", image: guestDisc("cd").path });
    connection = await (await listed(gadgetIds)).open();
  });

  afterEach(async () => {
    await connection.close();
    await gadget[Symbol.asyncDispose]();
  });

  it("stalls what it does not know, and goes on", async () => {
    expect(await connection.classRequestIn(0x77, 0, 1)).toMatchObject({ status: "stall" });
    await connection.transferOut(getConfigurationWrapper);
    expect(await connection.transferIn(64)).toEqual({ status: "ok", data: new Uint8Array() });
    expect(await connection.transferIn(13)).toMatchObject({ status: "stall" });
    await connection.clearHalt("in");
    expect(await connection.transferIn(13)).toEqual({ status: "ok", data: getConfigurationFailed });
  });

  it("keeps what came before babble", async () => {
    await connection.transferOut(inquiryWrapper);
    expect(await connection.transferIn(5)).toEqual({
      status: "babble",
      data: hex("05 80 02 02 1f"),
    });
    await connection.classRequestOut(0xff, 0);
    await connection.clearHalt("in");
    await connection.clearHalt("out");
    expect(await inquire(connection)).toMatch(/^Linux {3}File-CD/);
  });

  it("is used on after a deadline and after an abort, and no data is lost", async () => {
    expect(await failureOf(connection.transferIn(13, { timeoutMs: 100 }))).toMatchObject({
      code: "USB_TIMEOUT",
      bytesTransferred: 0,
    });
    expect(await inquire(connection)).toMatch(/^Linux {3}File-CD/);
    const reason = new Error("not wanted any more");
    const controller = new AbortController();
    const waiting = failureOf(connection.transferIn(13, { signal: controller.signal }));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await inquire(connection)).toMatch(/^Linux {3}File-CD/);
  });

  it("has transfers queued behind each other", async () => {
    const [sent, data, status] = await Promise.all([
      connection.transferOut(inquiryWrapper),
      connection.transferIn(36),
      connection.transferIn(13),
    ]);
    expect(sent.bytesWritten).toBe(31);
    expect(data.data).toHaveLength(36);
    expect(status.data).toEqual(inquiryPassed);
  });

  it("is closed with a transfer pending", async () => {
    const waiting = failureOf(connection.transferIn(13, { timeoutMs: 60_000 }));
    await connection.close();
    expect(await waiting).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(interfaceDriver(gadget.location)).toBe("usb-storage");
  });

  it("is missed when unplugged while a transfer waits", async () => {
    const waiting = failureOf(connection.transferIn(13, { timeoutMs: 60_000 }));
    gadget.unplug();
    expect(await waiting).toMatchObject({ code: "USB_DISCONNECTED" });
    expect(await failureOf(connection.transferIn(13))).toMatchObject({ code: "USB_DISCONNECTED" });
    await connection.close();
  });
});
