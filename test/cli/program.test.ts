import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InterruptedError } from "../../src/cli/errors.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import { UsbAccessError, UsbBusyError } from "../../src/usb/errors.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  blankDisc,
  discFromBytes,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { pluggedIn, runCommand } from "./run.js";

const sample = join(import.meta.dirname, "../../examples/sample.iso");
const sampleSha256 = "c8ba5122baaeee21721b1ca698851d06f1c73da3f55277a2ca3598571a4f579e";

const image = Uint8Array.from({ length: 200 * 2048 }, (_, index) => (index * 7) % 253);
const withDisc = (): VirtualDrive => new VirtualDrive({ disc: discFromBytes(image) });

/** Does something in the middle of a read: before each transfer that can only be one of blocks. */
function beforeLongTransfers(connection: UsbConnection, act: () => void): void {
  const transferIn = connection.transferIn.bind(connection);
  connection.transferIn = (length, options) => {
    if (length > 2048) act();
    return transferIn(length, options);
  };
}

describe("usb-dvd", () => {
  let folder: string;
  let out: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "usb-dvd-cli-"));
    out = join(folder, "out.iso");
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe("list", () => {
    it("shows every drive with its locator, and whether it is in use", async () => {
      const kernel = {
        deviceType: 5,
        vendor: "HL-DT-ST",
        model: "DVDRAM GP08",
        revision: "1.02",
        blockDevice: "/dev/sr0",
        mountedAt: "/media/cdrom",
      };
      const drives = [
        pluggedIn(withDisc(), "1-2"),
        pluggedIn(withDisc(), "2-1.4", { kernel }),
        pluggedIn(withDisc(), "3-1", { kernel: { ...kernel, deviceType: 0 } }),
      ];
      const { exitCode, stdout } = await runCommand(["list"], { drives });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^usb:1-2 .*\n.*0e8d:1836, high speed, serial serial-of-1-2\n/);
      expect(stdout).toMatch(/usb:2-1.4 +HL-DT-ST DVDRAM GP08 \(firmware 1.02\)\n/);
      expect(stdout).toMatch(/\/dev\/sr0, mounted at \/media\/cdrom\n/);
      expect(stdout).not.toContain("3-1");
    });

    it("does not open a drive that the kernel's driver has", async () => {
      const kernel = { deviceType: 5, vendor: "A", model: "B", revision: "C" };
      const open = () => Promise.reject(new Error("it was opened"));
      const drives = [pluggedIn(withDisc(), "1-2", { kernel, open })];
      expect((await runCommand(["list", "--json"], { drives })).exitCode).toBe(0);
    });

    it("shows why a drive cannot be asked", async () => {
      const open = () => Promise.reject(new UsbAccessError("You may not open it. Do this."));
      const { exitCode, stdout } = await runCommand(["list", "--json"], {
        drives: [pluggedIn(withDisc(), "1-2", { open })],
      });
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([
        { locator: "usb:1-2", usbId: "0e8d:1836", problem: "You may not open it. Do this." },
      ]);
    });

    it("says that there is none", async () => {
      expect(await runCommand(["list"])).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("Plug one in") as string,
      });
    });
  });

  describe("choosing a drive", () => {
    it.each([
      ["its place on the bus", "usb:2-1"],
      ["its serial number", "usb:serial-of-2-1"],
    ])("takes %s", async (_what, locator) => {
      const drives = [pluggedIn(new VirtualDrive(), "1-1"), pluggedIn(withDisc(), "2-1")];
      const { exitCode, stdout } = await runCommand(["info", "--json", "--drive", locator], {
        drives,
      });
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ medium: { blocks: 200 } });
    });

    it.each([
      ["no drive", ["info"], [], 3, /no USB optical drive/],
      ["a drive that is not there", ["info", "--drive", "usb:9-9"], ["1-1"], 3, /usb:9-9.*usb:1-1/],
      ["several drives", ["info"], ["1-1", "2-1"], 4, /usb:1-1, usb:2-1.*--drive/],
      ["a locator of no kind", ["info", "--drive", "floppy:1"], ["1-1"], 2, /floppy:1/],
      ["a virtual disc that is not there", ["info", "-d", "virtual:/no.iso"], [], 3, /no\.iso/],
    ] as const)("refuses %s", async (_what, args, locations, code, message) => {
      const drives = locations.map((location) => pluggedIn(withDisc(), location));
      const { exitCode, stdout, stderr } = await runCommand(args, { drives });
      expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
      expect(stderr).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    });

    it.each([
      ["no permission", new UsbAccessError("You may not open it. Do this."), 5],
      ["a drive in use", new UsbBusyError("It is mounted. Unmount it."), 6],
    ])("says what to do about %s", async (_what, error, code) => {
      const drives = [pluggedIn(withDisc(), "1-1", { open: () => Promise.reject(error) })];
      expect(await runCommand(["info"], { drives })).toEqual({
        exitCode: code,
        stdout: "",
        stderr: `usb-dvd: ${error.message}\n`,
      });
    });
  });

  describe("info", () => {
    it("shows the drive and its disc", async () => {
      const { exitCode, stdout } = await runCommand(["info", "--drive", `virtual:${sample}`]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/Disc +DVD-ROM\n/);
      expect(stdout).toMatch(/Size +982.0 KiB \(491 blocks of 2048 bytes\)\n/);
      expect(stdout).toMatch(/Layers +1\n/);
    });

    it("is right about a disc of two layers", async () => {
      const path = join(folder, "dual-layer.iso");
      await writeFile(path, "");
      await truncate(path, 4_150_000 * 2048);
      const { stdout } = await runCommand(["info", "--json", "--drive", `virtual:${path}`]);
      expect(JSON.parse(stdout)).toMatchObject({
        medium: { blocks: 4_150_000, bytes: 8_499_200_000, layers: 2, layerBreakLba: 2_075_008 },
      });
    });

    it.each([
      ["no disc", new VirtualDrive(), /Disc +none/],
      ["an open tray", new VirtualDrive({ trayOpen: true }), /Disc +none, the tray is open/],
      ["a blank disc", new VirtualDrive({ disc: blankDisc() }), /Disc +DVD-R .*, blank/],
    ])("is no failure with %s", async (_what, drive, text) => {
      const { exitCode, stdout } = await runCommand(["info"], {
        drives: [pluggedIn(drive, "1-1")],
      });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(text);
    });
  });

  describe("read", () => {
    it("writes the disc, and prints the hash as sha256sum does", async () => {
      const { exitCode, stdout } = await runCommand(["read", out, "-d", `virtual:${sample}`]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${sampleSha256}  ${out}\n` });
      const written = createHash("sha256").update(await readFile(out));
      expect(written.digest("hex")).toBe(sampleSha256);
    });

    it("reports as JSON", async () => {
      const { stdout } = await runCommand(["read", out, "--json", "-d", `virtual:${sample}`]);
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object);
      expect(events[0]).toMatchObject({ event: "started", disc: { blocks: 491 } });
      expect(events.at(-1)).toMatchObject({
        event: "finished",
        path: out,
        bytes: 1_005_568,
        blocks: 491,
        missingBytes: 0,
        hashes: { sha256: sampleSha256 },
      });
    });

    it("refuses to replace a file, unless forced", async () => {
      await writeFile(out, "mine");
      const args = ["read", out, "-d", `virtual:${sample}`];
      expect(await runCommand(args)).toMatchObject({ exitCode: 9, stdout: "" });
      expect(await readFile(out, "utf8")).toBe("mine");
      expect(await runCommand([...args, "--force"])).toMatchObject({ exitCode: 0 });
    });

    it("says that there is no room", async () => {
      await symlink("/dev/full", out);
      const args = ["read", out, "--force", "-d", `virtual:${sample}`];
      const { exitCode, stderr } = await runCommand(args);
      expect(exitCode).toBe(10);
      expect(stderr).toContain("no room left");
    });

    it.each([
      ["no disc", new VirtualDrive(), 7, /no disc/],
      ["a blank disc", new VirtualDrive({ disc: blankDisc() }), 8, /blank/],
    ])("refuses %s", async (_what, drive, code, message) => {
      const { exitCode, stderr } = await runCommand(["read", out], {
        drives: [pluggedIn(drive, "1-1")],
      });
      expect(exitCode).toBe(code);
      expect(stderr).toMatch(message);
      expect(await readdir(folder)).toEqual([]);
    });

    it.each([
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const)("stops at %s, gives the drive back, and goes on", async (signal, code) => {
      const interruption = new AbortController();
      let closed = 0;
      const open = async () => {
        const connection = await openWebUsb(new VirtualUsbDevice(withDisc()));
        let transfers = 0;
        beforeLongTransfers(connection, () => {
          if (++transfers === 3) interruption.abort(new InterruptedError(signal));
        });
        const close = connection.close.bind(connection);
        connection.close = () => {
          closed++;
          return close();
        };
        return connection;
      };
      const { exitCode, stderr } = await runCommand(["read", out], {
        drives: [pluggedIn(withDisc(), "1-1", { open })],
        signal: interruption.signal,
      });
      expect(exitCode).toBe(code);
      expect(stderr).toContain("Stopped");
      expect(stderr).toContain("the same command goes on");
      expect(closed).toBe(1);
      const resumed = await runCommand(["read", out], { drives: [pluggedIn(withDisc(), "1-1")] });
      expect(resumed).toMatchObject({ exitCode: 0 });
      expect((await readFile(out)).equals(image)).toBe(true);
    });

    it("says that the drive was unplugged", async () => {
      const device = new VirtualUsbDevice(withDisc());
      const open = async () => {
        const connection = await openWebUsb(device);
        beforeLongTransfers(connection, () => device.unplug());
        return connection;
      };
      const { exitCode, stderr } = await runCommand(["read", out], {
        drives: [pluggedIn(withDisc(), "1-1", { open })],
      });
      expect(exitCode).toBe(12);
      expect(stderr).toContain("no longer connected");
      expect(await readdir(folder)).toEqual([]); // it had not begun to read
    });
  });

  describe("eject and load", () => {
    it("move the tray", async () => {
      const drive = withDisc();
      const drives = [pluggedIn(drive, "1-1")];
      expect((await runCommand(["eject"], { drives })).exitCode).toBe(0);
      expect(drive.trayOpen).toBe(true);
      expect((await runCommand(["load"], { drives })).exitCode).toBe(0);
      expect(drive.trayOpen).toBe(false);
    });
  });

  describe("the command line", () => {
    it("shows its version, and help with examples", async () => {
      expect(await runCommand(["--version"])).toMatchObject({ exitCode: 0, stdout: "9.9.9\n" });
      const { exitCode, stdout } = await runCommand(["help", "read"]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain("$ usb-dvd read disc.iso");
    });

    it.each([[["raed"]], [["read"]], [["info", "--jsno"]]])("refuses %j", async (args) => {
      const { exitCode, stderr } = await runCommand(args);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/help/);
    });
  });

  it("takes quirks from an option or from the environment, and refuses those that do not exist", async () => {
    const drive = ["--drive", `virtual:${sample}`];
    const told = await runCommand(["info", ...drive, "--quirks", "1209:0001:c", "--json"]);
    expect(JSON.parse(told.stdout)).toMatchObject({ medium: { blocks: 490 } });
    vi.stubEnv("USB_DVD_QUIRKS", "1209:0001:c");
    const stubbed = await runCommand(["info", ...drive, "--json"]);
    expect(JSON.parse(stubbed.stdout)).toMatchObject({ medium: { blocks: 490 } });
    vi.stubEnv("USB_DVD_QUIRKS", "1209:0001:z");
    expect(await runCommand(["info", ...drive])).toMatchObject({ exitCode: 2, stdout: "" });
    vi.unstubAllEnvs();
    const refused = await runCommand(["info", ...drive, "--quirks", "1209:0001:q"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(/There is no quirk "q"\. There are: a or sane-sense/);
  });
});
