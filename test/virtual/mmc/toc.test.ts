import { describe, expect, it } from "vitest";
import { blankDisc, generatedDisc } from "../../../src/virtual/disc.js";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, senseOf } from "../drive-host.js";

const drive = readyDrive({ disc: numberedDisc(300) });

describe("READ TOC", () => {
  it("gives track 1 and the lead-out, by LBA and by MSF", () => {
    expect(dataOf(drive, "43 00 00 00 00 00 00 00 FF 00")).toEqual(
      hex("0012 01 01  00 14 01 00 00000000  00 14 AA 00 0000012C"),
    );
    // 300 blocks and 2 s are 450 frames of 1/75 s: 6 s.
    expect(dataOf(drive, "43 02 00 00 00 00 00 00 FF 00")).toEqual(
      hex("0012 01 01  00 14 01 00 00000200  00 14 AA 00 00000600"),
    );
  });

  it("starts with the track asked for", () => {
    expect(dataOf(drive, "43 00 00 00 00 00 AA 00 FF 00")).toEqual(
      hex("000A 01 01  00 14 AA 00 0000012C"),
    );
    expect(senseOf(drive, "43 00 00 00 00 00 02 00 FF 00")).toBe("05/24/00");
  });

  it("gives the last session, also with the format in the control byte", () => {
    const session = hex("000A 01 01  00 14 01 00 00000000");
    expect(dataOf(drive, "43 00 01 00 00 00 00 00 FF 00")).toEqual(session);
    expect(dataOf(drive, "43 00 00 00 00 00 00 00 0C 40")).toEqual(session);
  });

  it("gives the full TOC in MSF", () => {
    expect(dataOf(drive, "43 02 02 00 00 00 01 00 FF 00")).toEqual(
      hex(`002E 01 01
        01 14 00 A0 00 00 00 00 01 00 00
        01 14 00 A1 00 00 00 00 01 00 00
        01 14 00 A2 00 00 00 00 00 06 00
        01 14 00 01 00 00 00 00 00 02 00`),
    );
  });

  it("says FF:59:74 where minutes run out", () => {
    const large = readyDrive({ disc: generatedDisc(4_173_824, () => new Uint8Array(0)) });
    expect(dataOf(large, "43 02 00 00 00 00 AA 00 FF 00").subarray(8)).toEqual(hex("00 FF 3B 4A"));
  });

  it("cuts at the allocation length but not in its header", () => {
    expect(dataOf(drive, "43 00 00 00 00 00 00 00 04 00")).toEqual(hex("0012 01 01"));
  });

  it("refuses PMA and ATIP, and a blank disc", () => {
    expect(senseOf(drive, "43 02 04 00 00 00 00 00 FF 00")).toBe("05/24/00");
    expect(senseOf(readyDrive({ disc: blankDisc() }), "43 00 00 00 00 00 00 00 FF 00")).toBe(
      "05/24/00",
    );
  });
});
