import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { KeyEngine } from "../../src/keys/index.js";
import {
  readBurstCuttingArea,
  readCopyrightInformation,
  readManufacturerInformation,
  readPhysicalFormat,
} from "../../src/mmc/read-disc-structure.js";
import { standInAuthenticator } from "../../src/virtual/stand-in-authenticator.js";
import { ascii, hex } from "../bytes.js";
import type { SeenCommand } from "./programs/drive-server.js";
import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { dvdIoctl } from "./support/dvd-ioctl.js";
import { openDriveAt } from "./support/open-drive.js";
import { plugDrive, type PluggedDrive } from "./support/plugged-drive.js";
import { output } from "./support/shell.js";
import { discDevice, interfaceDriver } from "./support/sysfs.js";

const { host } = standInAuthenticator();
const hostChallenge = hex("b0 b1 b2 b3 b4 b5 b6 b7 b8 b9");
const titleLba = 0x0123;

const disc = {
  copyright: { protection: "css", regionMask: 0xfc },
  titleKeys: [{ firstLba: titleLba, lastLba: titleLba, key: hex("11 12 13 14 15"), cpSec: false }],
  discKey: Uint8Array.from({ length: 2048 }, (_, index) => index % 251),
  burstCuttingArea: ascii("burst cutting area"),
  manufacturer: ascii("made by hand"),
} as const;

/** What an authentication and two keys come to, whoever asked for them; bytes are hexadecimal. */
interface Outcome {
  readonly agid: number;
  readonly key1: string;
  readonly challenge: string;
  readonly authenticated: boolean;
  readonly titleKey: string;
  readonly titleFlags: readonly [cpm: boolean, cpSec: boolean, cgms: number];
  readonly discKey: string;
}

const digits = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A session of the kernel's up to the drive's success flag. */
async function startByKernel(device: string): Promise<Omit<Outcome, `title${string}` | "discKey">> {
  const { agid } = await dvdIoctl(device, "lu-send-agid");
  await dvdIoctl(device, "host-send-challenge", agid, digits(hostChallenge));
  const { key: key1 } = await dvdIoctl(device, "lu-send-key1", agid);
  const { challenge } = await dvdIoctl(device, "lu-send-challenge", agid);
  const key2 = await host.respond(hex(challenge));
  await dvdIoctl(device, "host-send-key2", agid, digits(key2));
  const { asf } = await dvdIoctl(device, "lu-send-asf", agid);
  return { agid, key1, challenge, authenticated: asf === 1 };
}

async function keysByKernel(device: string): Promise<Outcome> {
  const { agid, ...proofs } = await startByKernel(device);
  const title = await dvdIoctl(device, "lu-send-title-key", agid, titleLba);
  await dvdIoctl(device, "invalidate-agid", agid);
  await startByKernel(device);
  const { value: discKey } = await dvdIoctl(device, "read-disckey", agid);
  await dvdIoctl(device, "invalidate-agid", agid);
  const titleFlags = [title.cpm === 1, title.cp_sec === 1, title.cgms] as const;
  return { agid, ...proofs, titleKey: title.key, titleFlags, discKey };
}

async function keysByEngine(keys: KeyEngine): Promise<Outcome> {
  const start = async () => {
    const session = await keys.startSession();
    await session.sendChallenge(hostChallenge);
    const key1 = digits(await session.readBusKey());
    const challenge = await session.readChallenge();
    await session.sendBusKey(await host.respond(challenge));
    const authenticated = await session.readAuthenticationSuccess();
    const { agid } = session;
    return { session, proofs: { agid, key1, challenge: digits(challenge), authenticated } };
  };
  const { session: first, proofs } = await start();
  const title = await first.readTitleKey({ lba: titleLba });
  await first.end();
  const { session: second } = await start();
  const discKey = digits(await second.readDiscKey());
  await second.end();
  const { copyrightMaterial, protectedSector, copyGeneration } = title;
  const titleFlags = [copyrightMaterial, protectedSector, copyGeneration] as const;
  return { ...proofs, titleKey: digits(title.key), titleFlags, discKey };
}

const ofKeys = [0xa3, 0xa4, 0xad];

/** The key commands among others, with what was sent along: `a30000...: 000e0000...`. */
function keyCommands(commands: readonly SeenCommand[]): string[] {
  return commands
    .filter(({ cdb: [opcode = 0] }) => ofKeys.includes(opcode))
    .map(({ cdb, parameters }) => `${digits(cdb)}: ${digits(parameters)}`);
}

describe("the key engine and the kernel's cdrom driver", { timeout: 180_000 }, () => {
  let server: DriveServer;
  let drive: PluggedDrive;

  beforeAll(async () => {
    server = await DriveServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    drive = await plugDrive(server, {
      disc: { path: guestDisc("cd").path, ...disc },
      challenge: hex("a0 a1 a2 a3 a4 a5 a6 a7 a8 a9"),
    });
  });
  afterEach(() => drive[Symbol.asyncDispose]());

  const takeKeyCommands = async (): Promise<string[]> =>
    keyCommands(await server.call("takeCommands"));

  it("authenticate and read keys to the same end, with the same bytes on the way", async () => {
    // Two AGIDs are taken, so that the one in question is not zero.
    await dvdIoctl(drive.disc, "lu-send-agid");
    await dvdIoctl(drive.disc, "lu-send-agid");
    await takeKeyCommands();
    const byKernel = await keysByKernel(drive.disc);
    const sentByKernel = await takeKeyCommands();
    await dvdIoctl(drive.disc, "invalidate-agid", 0);
    await dvdIoctl(drive.disc, "invalidate-agid", 1);

    await using opened = await openDriveAt(drive.location);
    await opened.keys.startSession();
    await opened.keys.startSession();
    await takeKeyCommands();
    const byEngine = await keysByEngine(opened.keys);

    expect(await host.verifyDrive(hostChallenge, hex(byKernel.key1))).toBe(true);
    expect(byEngine).toEqual(byKernel);
    expect(await takeKeyCommands()).toEqual(sentByKernel);
  });

  it("see each other's region, and send the same bytes to read and to set it", async () => {
    const { disc: device, location } = drive;
    expect(await dvdIoctl(device, "lu-send-rpc-state")).toEqual({
      ...{ type: 0, vra: 4, ucca: 5, region_mask: 0xff, rpc_scheme: 1 },
    });
    expect(await output(`printf 'y\\n2\\ny\\n' | regionset "$1"`, device)).toMatch(/successfully/);
    {
      await using opened = await openDriveAt(location);
      expect(interfaceDriver(location)).toBe("usbfs");
      await takeKeyCommands();
      const before = await opened.keys.readRegion();
      expect(before).toMatchObject({ state: "set", regions: [2], userChanges: 4, vendorResets: 4 });
      await opened.keys.setRegion(1, { confirm: 4 });
    }
    const [readByEngine, , setByEngine] = await takeKeyCommands();
    expect(await discDevice(location)).toBe(device);
    expect(interfaceDriver(location)).toBe("usb-storage");
    expect(await output(`regionset "$1" < /dev/null`, device)).toMatch(/\(bitmask=0xFE\)/);

    await takeKeyCommands();
    expect(await dvdIoctl(device, "lu-send-rpc-state")).toEqual({
      ...{ type: 1, vra: 4, ucca: 3, region_mask: 0xfe, rpc_scheme: 1 },
    });
    await dvdIoctl(device, "host-send-rpc-state", 0xfe);
    expect(await takeKeyCommands()).toEqual([readByEngine, setByEngine]);
    expect((await server.call("state")).region).toMatchObject({ mask: 0xfe, userChanges: 2 });
  });

  it("read the same structures of the disc", async () => {
    const { disc: device } = drive;
    await takeKeyCommands();
    const copyright = await dvdIoctl(device, "read-copyright", 0);
    const burstCuttingArea = await dvdIoctl(device, "read-bca");
    const manufacturer = await dvdIoctl(device, "read-manufacturer", 0);
    const sentByKernel = await takeKeyCommands();
    // The kernel asks for 21 bytes of this one, where the engine asks for all 2052 that there are.
    const physical = await dvdIoctl(device, "read-physical", 0);

    await using opened = await openDriveAt(drive.location);
    await takeKeyCommands();
    const { protection, regionMask } = await opened.execute(readCopyrightInformation());
    expect({ cpst: protection.code, rmi: regionMask }).toEqual(copyright);
    // The kernel counts the header's two reserved bytes as if they came behind.
    const header = "0000";
    const area = digits(await opened.execute(readBurstCuttingArea()));
    expect(area + header).toBe(burstCuttingArea.value);
    expect(digits(await opened.execute(readManufacturerInformation()))).toBe(manufacturer.value);
    expect(await takeKeyCommands()).toEqual(sentByKernel);

    const format = await opened.execute(readPhysicalFormat());
    expect(physical).toEqual({
      book_type: format.bookType.code,
      book_version: format.partVersion,
      disc_size: format.discSize.code,
      min_rate: format.maximumRate.code,
      nlayers: format.layers - 1,
      track_path: format.trackPath === "PTP" ? 0 : 1,
      layer_type: format.layerType.embossed ? 1 : 0,
      linear_density: format.linearDensity.code,
      track_density: format.trackDensity.code,
      bca: format.burstCuttingArea ? 1 : 0,
      start_sector: format.startPsn,
      end_sector: format.endPsn,
      end_sector_l0: format.endPsnOfLayer0,
    });
  });
});
