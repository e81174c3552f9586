import { describe, expect, it } from "vitest";
import type { VirtualDriveOptions } from "../../../src/virtual/drive.js";
import { concat, hex } from "../../bytes.js";
import {
  ask,
  numberedDisc,
  outcomeOf,
  readyDrive,
  run,
  senseOf,
  senseText,
} from "../drive-host.js";
import { protectedDisc, readDiscKey, report, scripted, steps, take } from "../key-host.js";

const asf = report(0x05);
const set = hex("0006 0000 000000 01");

async function authenticated(options: VirtualDriveOptions = {}) {
  const drive = readyDrive({ disc: protectedDisc(), authenticator: scripted, ...options });
  await take(drive);
  return drive;
}

describe("a title key", () => {
  it.each([
    ["00000004", "F0 11 12 13 14 15"],
    ["00000007", "F0 11 12 13 14 15"],
    ["0000000A", "A0 21 22 23 24 25"],
  ])("of LBA %s comes with CPM, CP_SEC and CGMS", async (lba, content) => {
    const drive = await authenticated();
    expect(await outcomeOf(drive, `A4 00 ${lba} 00 00 000C 04 00`)).toEqual(
      hex(`000A 0000 ${content} 0000`),
    );
  });

  it("has its flags each in its place", async () => {
    const flagsOf = async (flags: { cpm: boolean; cpSec: boolean; cgms: 0 | 1 | 2 | 3 }) => {
      const titleKeys = [{ firstLba: 0, lastLba: 0, key: hex("0102030405"), ...flags }];
      const drive = await authenticated({ disc: protectedDisc(0x00, { titleKeys }) });
      return (await ask(drive, report(0x04))).dataIn[4];
    };
    expect(await flagsOf({ cpm: true, cpSec: false, cgms: 0 })).toBe(0x80);
    expect(await flagsOf({ cpm: false, cpSec: true, cgms: 0 })).toBe(0x40);
    expect(await flagsOf({ cpm: false, cpSec: false, cgms: 2 })).toBe(0x20);
    expect(await flagsOf({ cpm: false, cpSec: false, cgms: 1 })).toBe(0x10);
  });

  it("is not there for a sector, or a disc, that is not protected", async () => {
    const drive = await authenticated();
    expect(senseOf(drive, report(0x04, 0, 8))).toBe("05/6f/01");
    expect(senseOf(drive, report(0x04, 0, 16))).toBe("05/21/00");
    const plain = readyDrive({ disc: numberedDisc(16) });
    expect(senseOf(plain, report(0x04, 0, 5))).toBe("05/6f/01");
  });

  it("is refused where the drive has a region and the disc does not play there", async () => {
    const region = { type: "set", userChanges: 4, mask: 0xfd } as const;
    const foreign = await authenticated({ disc: protectedDisc(0xfe), region });
    expect(senseOf(foreign, report(0x04, 0, 5))).toBe("05/6f/04");
    const matching = await authenticated({ disc: protectedDisc(0xfd), region });
    expect(senseOf(matching, report(0x04, 0, 5))).toBe("good");
    const unset = await authenticated({ disc: protectedDisc(0xfe) });
    expect(senseOf(unset, report(0x04, 0, 5))).toBe("good");
    const phaseOne = await authenticated({ disc: protectedDisc(0xfe), region: { scheme: "rpc1" } });
    expect(senseOf(phaseOne, report(0x04, 0, 5))).toBe("good");
  });
});

describe("a disc key", () => {
  it("is 2048 bytes behind a header", async () => {
    const drive = await authenticated();
    expect(await outcomeOf(drive, "AD 00 00000000 00 02 0804 00 00")).toEqual(
      concat(hex("0802 0000"), protectedDisc().discKey!),
    );
  });

  it("is read under the AGID that is named", async () => {
    const drive = readyDrive({ disc: protectedDisc(), authenticator: scripted });
    run(drive, report(0x00));
    run(drive, report(0x00));
    run(drive, report(0x00));
    for (const [cdb, parameters] of steps) await ask(drive, cdb(3), parameters);
    expect(senseOf(drive, "AD 00 00000000 00 02 0804 00 00")).toBe("05/6f/02");
    expect(senseOf(drive, "AD 00 00000000 00 02 0804 C0 00")).toBe("good");
  });

  it("is not there on a disc that has none", async () => {
    const disc = numberedDisc(1, { copyright: { protection: "css", regionMask: 0 } });
    const drive = await authenticated({ disc });
    expect(senseOf(drive, readDiscKey())).toBe("05/6f/01");
  });
});

describe("a key read", () => {
  it.each([
    ["title key", report(0x04, 0, 5)],
    ["disc key", readDiscKey()],
  ])("of a %s uses up the AGID and its bus key, not the ASF", async (_, cdb) => {
    const drive = await authenticated();
    expect(senseOf(drive, cdb)).toBe("good");
    expect(senseOf(drive, report(0x04, 0, 5))).toBe("05/6f/02");
    expect(senseOf(drive, readDiscKey())).toBe("05/6f/02");
    expect(await outcomeOf(drive, asf)).toEqual(set);
    expect(await outcomeOf(drive, report(0x00))).toEqual(hex("0006 0000 000000 00"));
  });

  it("that is refused costs nothing", async () => {
    const drive = await authenticated();
    run(drive, report(0x04, 0, 8));
    run(drive, report(0x04, 0, 99));
    expect(senseOf(drive, report(0x04, 0, 5))).toBe("good");
  });
});

describe("a scrambled sector", () => {
  const read = (lba: number, count: number) =>
    `28 00 ${lba.toString(16).padStart(8, "0")} 00 ${count.toString(16).padStart(4, "0")} 00`;

  it.each([
    [4, 1, 4],
    [7, 1, 7],
    [0, 16, 4],
    [6, 5, 6],
    [8, 3, 10],
    [11, 5, 11],
  ])("is refused to READ from %i for %i, at %i", (lba, count, first) => {
    const drive = readyDrive({ disc: protectedDisc() });
    const reply = run(drive, read(lba, count));
    expect(senseText(reply)).toBe("05/6f/03");
    expect(reply.sense).toMatchObject({ information: first });
    expect(senseOf(drive, `A8 00 ${"00".repeat(3)}04 00000001 00 00`)).toBe("05/6f/03");
  });

  it.each([
    [0, 4],
    [8, 2],
    [12, 4],
    [5, 0],
  ])("is not among READ from %i for %i", (lba, count) => {
    expect(senseOf(readyDrive({ disc: protectedDisc() }), read(lba, count))).toBe("good");
  });

  it("is given, as it is on the disc, until the disc is changed", async () => {
    const drive = await authenticated();
    run(drive, readDiscKey());
    const { dataIn } = run(drive, read(4, 2));
    expect([dataIn.length, dataIn[0], dataIn[2048]]).toEqual([4096, 4, 5]);
    drive.insert(protectedDisc());
    run(drive, "00 00 00 00 00 00");
    expect(senseOf(drive, read(4, 2))).toBe("05/6f/03");
  });
});
