import { describe, expect, it } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import type { KeyEngineOptions } from "../../src/keys/key-engine.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
  type VirtualDriveOptions,
} from "../../src/virtual/index.js";
import { hex } from "../bytes.js";

const image = Uint8Array.from({ length: 100 * 2048 }, (_, index) => index % 249);
const titleKey = { firstLba: 50, lastLba: 59, key: hex("01 02 03 04 05") };
const discKey = new Uint8Array(2048).fill(0xd5);

/** A disc of region 2, protected, with one title. */
const protectedDisc = discFromBytes(image, {
  copyright: { protection: "css", regionMask: 0b1111_1101 },
  titleKeys: [titleKey],
  discKey,
});
const freeDisc = discFromBytes(image);

async function open(options: VirtualDriveOptions, keys: KeyEngineOptions = {}) {
  const virtual = new VirtualDrive(options);
  const device = new VirtualUsbDevice(virtual);
  const drive = await OpticalDrive.open(await openWebUsb(device), { keys });
  const log: string[] = [];
  drive.keys.on("sessionStarted", ({ agid }) => log.push(`started ${agid}`));
  drive.keys.on("sessionAuthenticated", ({ agid }) => log.push(`authenticated ${agid}`));
  drive.keys.on("sessionEnded", ({ agid }) => log.push(`ended ${agid}`));
  drive.keys.on("sessionLost", ({ agid, cause }) => log.push(`lost ${agid}: ${cause}`));
  drive.keys.on("regionChanged", ({ before, after, cause }) =>
    log.push(`region ${before.regions.join()} to ${after.regions.join()}: ${cause}`),
  );
  return { virtual, device, drive, log };
}

async function readAll(drive: OpticalDrive, lba: number, blocks: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of drive.read({ lba, blocks })) bytes += chunk.length;
  return bytes;
}

describe("the key engine, on the virtual drive", () => {
  it("authenticates, reads a title key and then the disc key, each in a session of its own", async () => {
    const { drive, log } = await open({ disc: protectedDisc, region: { mask: 0xfd, type: "set" } });
    const { host } = standInAuthenticator();
    {
      await using session = await drive.keys.startSession();
      await session.authenticate(host);
      expect(await session.readAuthenticationSuccess()).toBe(true);
      expect((await session.readTitleKey({ lba: 55 })).key).toEqual(titleKey.key);
    }
    {
      await using session = await drive.keys.startSession();
      await session.authenticate(host);
      expect(await session.readDiscKey()).toEqual(discKey);
    }
    const session = ["started 0", "authenticated 0", "ended 0"];
    expect(log).toEqual([...session, ...session]);
    await drive.close();
  });

  it("reads scrambled sectors only once somebody was authenticated", async () => {
    const { drive } = await open({ disc: protectedDisc, region: { mask: 0xfd, type: "set" } });
    await expect(readAll(drive, 50, 4)).rejects.toThrow(/6f\/03\)\. Authenticate/i);
    await using session = await drive.keys.startSession();
    await session.authenticate(standInAuthenticator().host);
    expect(await readAll(drive, 50, 4)).toBe(4 * 2048);
    await session.end();
    await drive.close();
  });

  it("refuses a drive that proves itself wrongly, and leaves nothing granted", async () => {
    const authenticator = standInAuthenticator(hex("00 11 22")).drive;
    const { drive, log } = await open({ disc: protectedDisc, authenticator });
    const session = await drive.keys.startSession();
    await expect(session.authenticate(standInAuthenticator().host)).rejects.toMatchObject({
      code: "DRIVE_NOT_AUTHENTIC",
    });
    expect(log).toEqual(["started 0", "ended 0"]);
    const all = await Promise.all([1, 2, 3, 4].map(() => drive.keys.startSession()));
    expect(all.map(({ agid }) => agid).sort()).toEqual([0, 1, 2, 3]);
    await drive.close();
  });

  it("is told by the drive that the host proves itself wrongly", async () => {
    const { drive } = await open({ disc: protectedDisc });
    const session = await drive.keys.startSession();
    const genuine = standInAuthenticator().host;
    const impostor = { ...genuine, respond: () => Promise.resolve(hex("00 00 00 00 00")) };
    await expect(session.authenticate(impostor)).rejects.toMatchObject({ code: "HOST_REFUSED" });
    await drive.close();
  });

  it("loses its sessions with the disc, and says so", async () => {
    const { drive, virtual, log } = await open({ disc: protectedDisc });
    const session = await drive.keys.startSession();
    virtual.eject();
    virtual.insert(freeDisc);
    await drive.presence();
    await expect(session.readAuthenticationSuccess()).rejects.toMatchObject({
      code: "SESSION_LOST",
    });
    expect(log).toEqual(["started 0", "lost 0: mediumChanged"]);
    await drive.close();
  });

  it("ends its sessions when the drive is closed", async () => {
    const { drive, log } = await open({ disc: protectedDisc });
    await drive.keys.startSession();
    await drive.close();
    expect(log).toEqual(["started 0", "ended 0"]);
  });

  it("sets a region once it was confirmed, and never twice", async () => {
    const { drive, virtual, log } = await open({});
    const { userChanges } = await drive.keys.readRegion();
    await expect(drive.keys.setRegion(2, { confirm: userChanges - 1 })).rejects.toMatchObject({
      code: "REGION_NOT_CONFIRMED",
    });
    expect(await drive.keys.setRegion(2, { confirm: userChanges })).toMatchObject({
      regions: [2],
      userChanges: userChanges - 1,
    });
    await drive.keys.setRegion(2, { confirm: userChanges - 1 });
    expect(virtual.region).toMatchObject({ mask: 0xfd, userChanges: userChanges - 1 });
    expect(log).toEqual(["region  to 2: user"]);
    await drive.close();
  });

  it.each([
    ["a protected disc", protectedDisc, "from-medium", [2]],
    ["a protected disc, where it is to be left", protectedDisc, "leave", []],
    ["a disc that plays everywhere", freeDisc, "from-medium", []],
    ["no disc", undefined, "from-medium", []],
  ] as const)("with %s: initial region", async (_what, disc, initialRegion, regions) => {
    const { drive, virtual } = await open(disc ? { disc } : {}, { initialRegion });
    expect((await drive.keys.readRegion()).regions).toEqual(regions);
    expect(virtual.region.userChanges).toBe(5 - regions.length);
    await drive.close();
  });
});
