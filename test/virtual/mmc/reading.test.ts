import { describe, expect, it } from "vitest";
import { blankDisc, generatedDisc } from "../../../src/virtual/disc.js";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, run, senseOf } from "../drive-host.js";

describe("READ CAPACITY", () => {
  it("gives the last block and the block length", () => {
    const drive = readyDrive({ disc: numberedDisc(0x123) });
    expect(dataOf(drive, "25 00 00 00 00 00 00 00 00 00")).toEqual(hex("00000122 00000800"));
  });

  it("gives 0 for a blank disc", () => {
    const drive = readyDrive({ disc: blankDisc() });
    expect(dataOf(drive, "25 00 00 00 00 00 00 00 00 00")).toEqual(hex("00000000 00000800"));
  });
});

describe("READ", () => {
  const drive = readyDrive({ disc: numberedDisc(10) });

  it.each([
    ["(10)", "28 00 00 00 00 03 00 00 02 00"],
    ["(12)", "A8 00 00 00 00 03 00 00 00 02 00 00"],
    ["(12), streaming", "A8 00 00 00 00 03 00 00 00 02 80 00"],
  ])("%s gives the blocks", (_, cdb) => {
    const data = dataOf(drive, cdb);
    expect([data.length, data[0], data[2047], data[2048]]).toEqual([4096, 3, 3, 4]);
  });

  it("of no blocks is no error", () => {
    expect(run(drive, "28 00 00 00 00 00 00 00 00 00")).toMatchObject({
      status: 0,
      intendedLength: 0,
    });
  });

  it.each([
    ["28 00 00 00 00 09 00 00 02 00", 10],
    ["28 00 00 00 00 0B 00 00 01 00", 11],
    ["A8 00 FF FF FF FF 00 00 00 01 00 00", 0xffffffff],
    ["A8 00 00 00 00 00 FF FF FF FF 00 00", 10],
  ])("%s is out of range at block %i", (cdb, information) => {
    expect(senseOf(drive, cdb)).toBe("05/21/00");
    expect(run(drive, cdb).sense).toMatchObject({ information });
  });

  it("reads no further than the host will take, and says what it meant to send", () => {
    const asked: number[][] = [];
    const huge = readyDrive({
      disc: generatedDisc(4_000_000, (lba, count) => {
        asked.push([lba, count]);
        return new Uint8Array(count * 2048);
      }),
    });
    const reply = run(huge, "A8 00 00 00 00 00 00 3D 09 00 00 00", "", 3000);
    expect(asked).toEqual([[0, 2]]);
    expect(reply).toMatchObject({ intendedLength: 4_000_000 * 2048 });
  });

  it("finds nothing on a blank disc", () => {
    const blank = readyDrive({ disc: blankDisc() });
    expect(senseOf(blank, "28 00 00 00 00 00 00 00 01 00")).toBe("08/00/00");
    expect(senseOf(blank, "28 00 00 23 12 80 00 00 01 00")).toBe("05/21/00");
  });

  it("makes a medium error of a disc that throws, rejects, or is short", async () => {
    const broken = new Error("scratch");
    const read = (lba: number) => {
      if (lba === 0) throw broken;
      return lba === 1 ? Promise.reject(broken) : new Uint8Array(2048);
    };
    const scratched = readyDrive({ disc: generatedDisc(10, read) });
    expect(senseOf(scratched, "28 00 00 00 00 00 00 00 01 00")).toBe("03/11/00");
    expect(scratched.lastReadError).toBe(broken);
    const rejected = await scratched.execute(hex("28 00 00 00 00 01 00 00 01 00"));
    expect(rejected.sense).toMatchObject({ key: 3, asc: 0x11, information: 1 });
    expect(run(scratched, "28 00 00 00 00 02 00 00 03 00").sense).toMatchObject({ information: 3 });
  });

  it("accepts SYNCHRONIZE CACHE", () => {
    expect(senseOf(drive, "35 00 00 00 00 00 00 00 00 00")).toBe("good");
  });
});
