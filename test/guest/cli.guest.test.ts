import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { guestDisc } from "./support/discs.js";
import { plugGadget } from "./support/gadget.js";
import {
  loadQemuDrive,
  plugQemuDrive,
  qemuDriveLocation,
  unplugQemuDrive,
} from "./support/qemu-drive.js";
import { sh, type ShellResult } from "./support/shell.js";
import { discDevice, genericDevice, interfaceDriver } from "./support/sysfs.js";
import { until } from "./support/until.js";

const program = join(import.meta.dirname, "../../dist/cli/main.js");
const timeoutMs = 240_000;

/** Runs the command as its users do, in a process of its own. */
function usbDvd(...args: readonly string[]): Promise<ShellResult> {
  return sh(`exec "$@"`, [process.execPath, program, ...args], { timeoutMs });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

/** Waits until the kernel's driver has the drive again, and its device can be read. */
async function expectGivenBack(location: string): Promise<void> {
  const device = await discDevice(location);
  expect(interfaceDriver(location)).toBe("usb-storage");
  const { status, stderr } = await sh(`dd if="$1" of=/dev/null bs=2048 count=16`, [device]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
}

/** What `--json` told last. */
function lastEvent(stdout: string): unknown {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("usb-dvd on drives of others' making", { timeout: timeoutMs }, () => {
  const folder = "/share/images";
  const out = join(folder, "out.iso");
  let location: string;
  let locator: string;

  beforeEach(async () => {
    mkdirSync(folder, { recursive: true });
    location = await qemuDriveLocation();
    locator = `usb:${location}`;
    await discDevice(location);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe("QEMU's drive", () => {
    it("is listed with what the kernel knows of it, and stays with the kernel", async () => {
      const { status, stdout } = await usbDvd("list", "--json");
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([
        {
          locator,
          usbId: "46f4:0001",
          vendor: "QEMU",
          product: "QEMU CD-ROM",
          blockDevice: await discDevice(location),
        },
      ]);
      expect(interfaceDriver(location)).toBe("usb-storage");
    });

    it("agrees with sg_inq, sg_get_config, sg_readcap and dvd+rw-mediainfo", async () => {
      const generic = await genericDevice(location);
      const device = await discDevice(location);
      const inquiry = (await sh(`sg_inq "$1"`, [generic])).stdout;
      const configuration = (await sh(`sg_get_config "$1"`, [generic])).stdout;
      const capacity = (await sh(`sg_readcap --brief "$1"`, [generic])).stdout;
      const mediaInfo = (await sh(`dvd+rw-mediainfo "$1"`, [device])).stdout;

      const { status, stdout } = await usbDvd("info", "--json", "--drive", locator);
      expect(status).toBe(0);
      const info = JSON.parse(stdout) as DriveInfo;

      const field = (text: string, name: string): string | undefined =>
        new RegExp(`${name}: *(.*?)\\s*$`, "m").exec(text)?.[1];
      expect(info.identity.vendor).toBe(field(inquiry, "Vendor identification"));
      expect(info.identity.product).toBe(field(inquiry, "Product identification"));
      expect(info.identity.revision).toBe(field(inquiry, "Product revision level"));

      const { profiles, features } = info.capabilities;
      const listedProfiles = [...configuration.matchAll(/profile: (.+?) , currentP=(\d)/g)];
      expect(listedProfiles.length).toBeGreaterThan(0);
      expect(profiles.map(({ name, current }) => [name, current ? "1" : "0"])).toEqual(
        listedProfiles.map(([, name, current]) => [name, current]),
      );
      const listedFeatures = [
        ...configuration.matchAll(/version=(\d+), persist=(\d), current=(\d) \[0x([\da-f]+)\]/g),
      ];
      expect(listedFeatures.length).toBeGreaterThan(0);
      expect(features).toMatchObject(
        listedFeatures.map(([, version, persistent, current, code]) => ({
          code: Number.parseInt(code!, 16),
          version: Number(version),
          persistent: persistent === "1",
          current: current === "1",
        })),
      );
      expect(info.medium.profile.name).toBe(field(configuration, "Current profile"));
      const [, load, eject, lock] = /Load=(\d), Eject=(\d), .*Lock=(\d)/.exec(configuration) ?? [];
      expect(info.capabilities).toMatchObject({
        loadingMechanism: "tray",
        canEject: eject === "1",
        canLock: lock === "1",
      });
      expect(load).toBe("1");

      const [blocks, blockLength] = capacity.trim().split(" ").map(Number);
      expect(info.medium).toMatchObject({ blocks, blockLength, status: "complete" });

      const { vendor, product, revision } = info.identity;
      const padded = [vendor.padEnd(8), product.padEnd(16), revision.padEnd(4)];
      expect(field(mediaInfo, "INQUIRY")).toBe(`[${padded.join("][")}]`);
      expect(field(mediaInfo, "Mounted Media")).toBe(
        `${info.medium.profile.code.toString(16)}h, ${info.medium.profile.name}`,
      );
      const { bookType, partVersion, endPsn, startPsn } = info.medium.physical;
      // dvd+rw-mediainfo reads the book type, but prints what was there before: hence sg_raw.
      const structure = (await sh(`sg_raw -r 8 "$1" ad 0 0 0 0 0 0 0 0 8 0 0`, [generic])).stderr;
      const [, book] = /^ *00 +(?:[\da-f]{2} ){4}([\da-f]{2})/m.exec(structure) ?? [];
      expect(book).toBe(`${bookType.code.toString(16)}${partVersion.toString(16)}`);
      expect(field(mediaInfo, "Legacy lead-out at")).toMatch(
        new RegExp(`^${endPsn - startPsn + 1}\\*2KB=${info.medium.bytes}$`),
      );
    });

    it("is read to an image with the hash of the disc, and given back", async () => {
      const disc = guestDisc("dvd");
      const { status, stdout } = await usbDvd("read", out, "--json", "--drive", locator);
      expect(status).toBe(0);
      const expected = await sha256(disc.path);
      expect(lastEvent(stdout)).toMatchObject({
        event: "finished",
        blocks: disc.blocks,
        hashes: { sha256: expected },
      });
      expect(await sha256(out)).toBe(expected);
      await expectGivenBack(location);
    });

    it.each([
      ["INT", 130],
      ["TERM", 143],
    ] as const)("is given back after SIG%s in the middle of a read", async (signal, code) => {
      const args = [program, "read", out, "--drive", locator];
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await until("a part of the image", () => existsSync(out) || undefined, 60_000);
      child.kill(`SIG${signal}`);
      expect(await ended).toBe(code);
      expect(readdirSync(folder).sort()).toEqual(["out.iso", "out.iso.map"]);
      await expectGivenBack(location);
    });

    it("is left alone while its disc is mounted", async () => {
      mkdirSync("/tmp/mounted", { recursive: true });
      const device = await discDevice(location);
      expect((await sh(`mount -o ro "$1" /tmp/mounted`, [device])).status).toBe(0);
      try {
        const { status, stderr } = await usbDvd("read", out, "--drive", locator);
        expect(status).toBe(6);
        expect(stderr).toMatch(/mounted at \/tmp\/mounted\. Unmount it/);
        expect((await sh(`ls /tmp/mounted`)).stdout).toMatch(/README/i);
      } finally {
        await sh(`umount /tmp/mounted`);
      }
    });

    it("says that there is no disc", async () => {
      loadQemuDrive(undefined);
      try {
        const { status, stderr } = await usbDvd("read", out, "--drive", locator);
        expect({ status, stderr }).toMatchObject({
          status: 7,
          stderr: expect.stringMatching(/no disc/) as string,
        });
        const info = await usbDvd("info", "--drive", locator);
        expect(info.stdout).toMatch(/Disc +none/);
      } finally {
        loadQemuDrive("dvd");
      }
    });

    it("says that it was unplugged in the middle of a read", async () => {
      const reading = usbDvd("read", out, "--drive", locator);
      await until("a part of the image", () => existsSync(out) || undefined, 60_000);
      unplugQemuDrive();
      const { status, stderr } = await reading;
      await plugQemuDrive("dvd");
      expect({ status, stderr }).toMatchObject({
        status: 12,
        stderr: expect.stringMatching(/no longer connected/) as string,
      });
      // The same command goes on where it was.
      const disc = guestDisc("dvd");
      const again = await usbDvd(
        "read",
        out,
        "--json",
        "--drive",
        `usb:${await qemuDriveLocation()}`,
      );
      expect(lastEvent(again.stdout)).toMatchObject({ wasResumed: true, missingBytes: 0 });
      expect(await sha256(out)).toBe(await sha256(disc.path));
    });

    it("opens and closes its tray", async () => {
      expect((await usbDvd("eject", "--drive", locator)).status).toBe(0);
      expect((await usbDvd("info", "--drive", locator)).stdout).toMatch(/Disc +none/);
      expect((await usbDvd("load", "--drive", locator)).status).toBe(0);
      expect((await usbDvd("info", "--drive", locator)).stdout).toMatch(/Disc +DVD-ROM/);
    });

    it("is refused to a user without permission, who is told what to do", async () => {
      const command = `exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`;
      const args = [process.execPath, program, "info", "--drive", locator];
      const { status, stderr } = await sh(command, args, { timeoutMs });
      expect(status).toBe(5);
      expect(stderr).toContain('SUBSYSTEM=="usb", ATTR{idVendor}=="46f4", ATTR{idProduct}=="0001"');
    });

    it("does not fill a disk without saying so", async () => {
      mkdirSync("/tmp/small", { recursive: true });
      await sh(`mount -t tmpfs -o size=2m small /tmp/small`);
      try {
        const { status, stderr } = await usbDvd("read", "/tmp/small/out.iso", "--drive", locator);
        expect(status).toBe(10);
        expect(stderr).toMatch(/no room left for \/tmp\/small\/out\.iso/);
      } finally {
        await sh(`umount /tmp/small`);
      }
      await expectGivenBack(location);
    });
  });

  describe("the kernel's gadget", () => {
    it.each(["high", "super"] as const)("is read at %s speed, and given back", async (speed) => {
      const disc = guestDisc("cd");
      await using gadget = await plugGadget({ speed, image: disc.path });
      await discDevice(gadget.location);
      const gadgetLocator = `usb:${gadget.location}`;

      const list = await usbDvd("list");
      expect(list.stdout).toMatch(new RegExp(`${gadgetLocator} +Linux File-CD Gadget`));
      const info = await usbDvd("info", "--drive", gadgetLocator);
      expect(info.stdout).toMatch(/Drive +Linux File-CD Gadget/);
      expect(info.stdout).toContain(`(${disc.blocks} blocks of 2048 bytes)`);

      const { status, stdout } = await usbDvd("read", out, "--drive", gadgetLocator);
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${disc.contentSha256}  ${out}\n` });
      expect(await sha256(out)).toBe(disc.contentSha256);
      await expectGivenBack(gadget.location);

      expect((await usbDvd("info")).status).toBe(4);
    });
  });
});

interface DriveInfo {
  readonly identity: {
    readonly vendor: string;
    readonly product: string;
    readonly revision: string;
  };
  readonly capabilities: {
    readonly profiles: readonly { readonly name: string; readonly current: boolean }[];
    readonly features: readonly object[];
  };
  readonly medium: {
    readonly blocks: number;
    readonly blockLength: number;
    readonly bytes: number;
    readonly profile: { readonly code: number; readonly name: string };
    readonly physical: {
      readonly bookType: { readonly code: number; readonly name: string };
      readonly partVersion: number;
      readonly startPsn: number;
      readonly endPsn: number;
    };
  };
}
