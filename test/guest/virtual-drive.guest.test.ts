import { mkdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { dvdIoctl } from "./support/dvd-ioctl.js";
import { KernelLog } from "./support/kernel-log.js";
import { plugDrive } from "./support/plugged-drive.js";
import { output, sh, type ShellResult } from "./support/shell.js";
import { interfaceDriver, usbAttribute } from "./support/sysfs.js";
import { until } from "./support/until.js";

const waitMs = 60_000;
const mountPoint = "/tmp/virtual disc";

/** What the kernel says as it meets any drive that was just switched on. */
const switchedOn = "sr: Power-on or device reset occurred";

/** Of <linux/cdrom.h>, CDS_*. */
const driveStatus = { noDisc: 1, trayOpen: 2, discOk: 4 };

/** SHA-256 of the blocks in front of a disc that the kernel reads. */
async function contentSha256(device: string, blocks: number): Promise<string> {
  const read = `dd if="$1" bs=2048 count="$2" status=none | sha256sum`;
  return (await output(read, device, String(blocks))).slice(0, 64);
}

/** What a SCSI command returns that is sent past the kernel's disc driver, in hexadecimal. */
async function scsi(generic: string, length: number, cdb: string): Promise<string> {
  const file = "/tmp/sg_raw.bin";
  await output(`sg_raw -r "$1" -o "$2" "$3" ${cdb}`, String(length), file, generic);
  return readFileSync(file, "hex");
}

async function sizeOf(device: string): Promise<number> {
  return Number((await sh(`blockdev --getsize64 "$1"`, [device])).stdout);
}

describe("the virtual drive, in the hands of the kernel", { timeout: 180_000 }, () => {
  let server: DriveServer;
  let log: KernelLog;

  beforeAll(async () => {
    mkdirSync(mountPoint, { recursive: true });
    server = await DriveServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    log = new KernelLog();
  });
  afterEach(() => log[Symbol.dispose]());

  it.each([
    { speed: "high", megabits: "480" },
    { speed: "super", megabits: "5000" },
  ] as const)("is bound, mounted and read at $speed speed", async ({ speed, megabits }) => {
    const disc = guestDisc("cd");
    {
      await using drive = await plugDrive(server, { speed, disc: { path: disc.path } });
      expect(interfaceDriver(drive.location)).toBe("usb-storage");
      expect(usbAttribute(drive.location, "speed")).toBe(megabits);
      expect(usbAttribute(drive.location, "idVendor")).toBe("1209");
      expect(usbAttribute(drive.location, "serial")).toBe("0123456789AB");
      expect(await contentSha256(drive.disc, disc.blocks)).toBe(disc.contentSha256);
      await output(`mount -o ro "$1" "$2"`, drive.disc, mountPoint);
      try {
        expect(readFileSync(`${mountPoint}/README.TXT`, "utf8")).toBe("A disc to test with.\n");
      } finally {
        await output(`umount "$1"`, mountPoint);
      }
    }
    expect(log.complaints()).toEqual([switchedOn]);
  });

  it("is what the tools of others were told that it is", async () => {
    const { path, blocks } = guestDisc("dualLayerDvd");
    const burstCuttingArea = new Uint8Array(12).fill(0xbc);
    {
      await using drive = await plugDrive(server, {
        identity: {
          vendorId: "ACME",
          productId: "DVD ROM 9",
          revision: "2.07",
          serial: "ABCDEF012345",
        },
        region: { scheme: "rpc1" },
        disc: {
          path,
          layerBreak: 2_100_000 - 1,
          copyright: { protection: "css", regionMask: 0xfd },
          burstCuttingArea,
        },
      });
      const { disc, generic } = drive;
      expect(await output(`sg_inq "$1"`, generic)).toMatch(
        /PDT=5 {2}RMB=1[^]*: ACME {4}\n.*: DVD ROM 9 {7}\n.*: 2\.07\n.*: ABCDEF012345\n/,
      );
      expect(await output(`sg_vpd --page=di "$1"`, generic)).toMatch(
        /vendor id: ACME {4}\n +vendor specific: DVD ROM 9 {7}ABCDEF012345\n/,
      );
      expect(await output(`lsblk --nodeps --noheadings --bytes -o SIZE,TRAN "$1"`, disc)).toMatch(
        /^8499200000 usb\s*$/,
      );
      expect((await output(`sg_readcap --brief "$1"`, generic)).trim()).toBe(
        `0x${blocks.toString(16)} 0x800`,
      );

      const configuration = await output(`sg_get_config --current "$1"`, generic);
      expect(configuration).toMatch(/^Current profile: DVD-ROM$/m);
      expect([...configuration.matchAll(/^ {2}(.+) feature$/gm)].map(([, name]) => name)).toEqual([
        "Profile list",
        "Core",
        "Morphing",
        "Removable media",
        "Random readable",
        "DVD read",
        "Power management",
        "Timeout",
        "DVD CSS",
        "Real time streaming",
        "Drive serial number",
      ]);
      expect(configuration).toMatch(/Load=1, Eject=1, Prevent jumper=\d, Lock=1/);
      expect(configuration).toMatch(/Drive serial number: ABCDEF012345/);

      const mediaInfo = await output(`dvd+rw-mediainfo "$1"`, disc);
      expect(mediaInfo).toMatch(/\[ACME {4}\]\[DVD ROM 9 {7}\]\[2\.07\]/);
      expect(mediaInfo).toMatch(/Mounted Media: +10h, DVD-ROM/);
      // It takes the end of layer 0 for that of the disc.
      expect(mediaInfo).toMatch(/Legacy lead-out at: +2100000\*2KB=/);

      // READ DISC STRUCTURE, as MMC-6 prints it: copyright, and the burst cutting area.
      expect(await scsi(generic, 8, "ad 0 0 0 0 0 1 1 0 8 0 0")).toBe("0006000001fd0000");
      expect(await scsi(generic, 192, "ad 0 0 0 0 0 0 3 0 c0 0 0")).toBe(
        `000e0000${Buffer.from(burstCuttingArea).toString("hex")}`,
      );
      const refused = await sh(`sg_raw "$1" c0 0 0 0 0 0`, [generic]);
      expect(refused.stderr).toMatch(/Illegal Request\n.*: Invalid command operation code\n/);

      expect(await output(`regionset "$1" < /dev/null`, disc)).toMatch(/RPC Type: Phase I /);
    }
    expect(log.complaints()).toEqual([switchedOn]);
  });

  it("has five region changes, and regionset spends them", async () => {
    const everywhere = { protection: "css", regionMask: 0x00 } as const;
    {
      await using drive = await plugDrive(server, {
        disc: { path: guestDisc("cd").path, copyright: everywhere },
      });
      const regionset = (region: number): Promise<ShellResult> =>
        sh(`printf 'y\\n%d\\ny\\n' "$2" | regionset "$1"`, [drive.disc, String(region)]);
      for (const [region, before, changes] of [
        [2, "no region code set (bitmask=0xFF)", 5],
        [1, "active region code (bitmask=0xFD)", 4],
        [3, "active region code (bitmask=0xFE)", 3],
        [8, "active region code (bitmask=0xFB)", 2],
        [4, "active region code, last change (bitmask=0x7F)", 1],
      ] as const) {
        const { status, stdout } = await regionset(region);
        expect(stdout).toContain("RPC Type: Phase II (Hardware)\n");
        expect(stdout).toContain(`RPC Status: ${before}\n`);
        expect(stdout).toContain("Vendor may reset the RPC 4 times\n");
        expect(stdout).toContain(`change the region setting ${changes} times\n`);
        expect({ status, stdout }).toMatchObject({
          status: 0,
          stdout: expect.stringContaining("Region code set successfully.") as string,
        });
      }
      const { stdout } = await regionset(1);
      expect(stdout).toContain("RPC Status: active region code, permanent (bitmask=0xF7)\n");
      expect(stdout).toContain("Drive plays discs from this region(s): 4\n");
      expect(stdout).toContain("ERROR: Can't set region code.");
      expect((await server.call("state")).region).toMatchObject({ mask: 0xf7, userChanges: 0 });
    }
    expect(log.complaints()).toEqual([switchedOn]);
  });

  it("opens and closes its tray, and has another disc noticed", async () => {
    const [cd, dvd] = [guestDisc("cd"), guestDisc("dvd")];
    {
      await using drive = await plugDrive(server, { disc: { path: cd.path } });
      expect(await sizeOf(drive.disc)).toBe(cd.blocks * 2048);
      await output(`eject "$1"`, drive.disc);
      expect(await server.call("state")).toMatchObject({ trayOpen: true });
      expect(await dvdIoctl(drive.disc, "drive-status")).toEqual({ status: driveStatus.trayOpen });
      await output(`eject --trayclose "$1"`, drive.disc);
      expect(await server.call("state")).toMatchObject({ trayOpen: false });
      expect(await dvdIoctl(drive.disc, "drive-status")).toEqual({ status: driveStatus.discOk });
      expect(await contentSha256(drive.disc, cd.blocks)).toBe(cd.contentSha256);

      await server.call("empty");
      expect(await dvdIoctl(drive.disc, "drive-status")).toEqual({ status: driveStatus.noDisc });
      const { stderr } = await sh(`dd if="$1" count=1 status=none`, [drive.disc]);
      expect(stderr).toMatch(/No medium found/);
      await server.call("insert", { path: dvd.path });
      expect(await contentSha256(drive.disc, dvd.contentBlocks)).toBe(dvd.contentSha256);
      expect(await sizeOf(drive.disc)).toBe(dvd.blocks * 2048);
    }
    expect(log.complaints()).toEqual([switchedOn]);
  });

  it("is locked while mounted, and its button reaches the system", async () => {
    await using drive = await plugDrive(server, { disc: { path: guestDisc("cd").path } });
    await output(`mount -o ro "$1" "$2"`, drive.disc, mountPoint);
    try {
      await server.call("pressEject");
      expect(await server.call("state")).toMatchObject({ trayOpen: false });
      // The kernel hears of it by GET EVENT STATUS NOTIFICATION, and udev opens the tray.
      const isOpen = async () => (await server.call("state")).trayOpen || undefined;
      await until("open tray", isOpen, waitMs);
    } finally {
      await output(`umount "$1"`, mountPoint);
    }
    await server.call("pressEject");
    expect(await server.call("state")).toMatchObject({ trayOpen: false });
    const { blocks, contentSha256: expected } = guestDisc("cd");
    expect(await contentSha256(drive.disc, blocks)).toBe(expected);
  });

  it("is used on after a command that hung, and after a reset of the bus", async () => {
    const { path, blocks, contentSha256: expected } = guestDisc("cd");
    const reset = "usb: reset high-speed USB device number N using vhci_hcd";
    await using drive = await plugDrive(server, { disc: { path } });
    log.read();
    await server.call("setFaults", "op=c0 phase=data: silence");
    // The kernel takes its transfer back (UNLINK), and resets the device.
    const hung = await sh(`sg_raw --timeout=1 "$1" c0 0 0 0 0 0`, [drive.generic]);
    expect(hung.stderr).toMatch(/DID_TIME_OUT/);
    await server.call("setFaults", "");
    expect(await contentSha256(drive.disc, blocks)).toBe(expected);
    expect(log.complaints()).toEqual([reset]);

    await output(`sg_reset --bus "$1"`, drive.generic);
    await output(`blockdev --flushbufs "$1"`, drive.disc);
    expect(await contentSha256(drive.disc, blocks)).toBe(expected);
    expect(log.complaints()).toEqual([reset]);
  });

  it("is missed when unplugged while it is read, and met again", async () => {
    const [cd, dvd] = [guestDisc("cd"), guestDisc("dvd")];
    const drive = await plugDrive(server, { disc: { path: dvd.path } });
    const reading = sh(`dd if="$1" bs=2048 | wc -c`, [drive.disc], { timeoutMs: waitMs });
    const isRead = async () =>
      (await server.call("takeCommands")).some(({ cdb: [opcode] }) => opcode === 0x28) || undefined;
    await until("read", isRead, waitMs);
    await server.call("unplug");
    await drive.gone();
    expect(Number((await reading).stdout)).toBeLessThan(dvd.blocks * 2048);
    await using again = await plugDrive(server, { disc: { path: cd.path } });
    expect(await contentSha256(again.disc, cd.blocks)).toBe(cd.contentSha256);
  });
});
