import { describe, expect, it } from "vitest";
import { blankDisc } from "../../../src/virtual/disc.js";
import { ascii, concat, hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, senseOf } from "../drive-host.js";

const dvd = readyDrive({ disc: numberedDisc(4) });

describe("GET CONFIGURATION", () => {
  it("gives every feature, with those of the medium current", () => {
    expect(dataOf(dvd, "46 00 00 00 00 00 00 04 00 00")).toEqual(
      concat(
        hex("00000080 0000 0010"),
        hex("0000 03 10  001B 00 00  0011 00 00  0010 01 00  0008 00 00"),
        hex("0001 0B 08  00000008 01 000000"),
        hex("0002 07 04  02 000000"),
        hex("0003 0B 04  3D 000000"),
        hex("0010 01 08  00000800 0010 01 00"),
        hex("001D 00 00"),
        hex("001E 08 04  00000000"),
        hex("001F 05 04  01 00 01 00"),
        hex("0100 03 00"),
        hex("0105 07 04  00000000"),
        hex("0106 00 04  000000 01"),
        hex("0107 11 04  08 000000"),
        hex("0108 03 0C"),
        ascii("0123456789AB"),
      ),
    );
  });

  it.each([
    ["no disc", readyDrive(), "0000"],
    ["a CD", readyDrive({ disc: numberedDisc(1, { media: "cd-rom" }) }), "0008"],
    ["a DVD", dvd, "0010"],
    ["a blank DVD-R", readyDrive({ disc: blankDisc() }), "0011"],
    ["a blank DVD+R", readyDrive({ disc: blankDisc("dvd+r") }), "001B"],
    ["a disc that spins up", readyDrive({ disc: numberedDisc(1), becomingReadyPolls: 9 }), "0000"],
  ])("names the profile of %s", (_, drive, profile) => {
    expect(dataOf(drive, "46 00 00 00 00 00 00 00 08 00").subarray(6)).toEqual(hex(profile));
  });

  it("gives the current features only for RT 1, from the starting one on", () => {
    const codes = (reply: Uint8Array) => {
      const found: string[] = [];
      for (let at = 8; at < reply.length; at += 4 + reply[at + 3]!) {
        found.push(Buffer.from(reply.subarray(at, at + 2)).toString("hex"));
      }
      return found;
    };
    expect(codes(dataOf(dvd, "46 01 00 10 00 00 00 04 00 00"))).toEqual([
      "0010",
      "001f",
      "0100",
      "0105",
      "0107",
      "0108",
    ]);
    expect(codes(dataOf(readyDrive(), "46 01 00 10 00 00 00 04 00 00"))).toEqual([
      "0100",
      "0105",
      "0108",
    ]);
    const cd = readyDrive({ disc: numberedDisc(1, { media: "cd-rom" }) });
    expect(codes(dataOf(cd, "46 01 00 10 00 00 00 04 00 00"))).toEqual([
      "0010",
      "001d",
      "001e",
      "0100",
      "0105",
      "0107",
      "0108",
    ]);
  });

  it("gives a single feature for RT 2, or the header alone", () => {
    expect(dataOf(dvd, "46 02 00 1F 00 00 00 04 00 00")).toEqual(
      hex("0000000C 0000 0010  001F 05 04 01 00 01 00"),
    );
    expect(dataOf(dvd, "46 02 00 2A 00 00 00 04 00 00")).toEqual(hex("00000004 0000 0010"));
    expect(senseOf(dvd, "46 03 00 00 00 00 00 04 00 00")).toBe("05/24/00");
  });

  it("has the CSS feature current on a protected disc", () => {
    const copyright = { protection: "css", regionMask: 0xfe } as const;
    const drive = readyDrive({ disc: numberedDisc(1, { copyright }) });
    expect(dataOf(drive, "46 02 01 06 00 00 00 04 00 00").subarray(8)).toEqual(
      hex("0106 01 04 000000 01"),
    );
  });

  it("keeps its length when it is cut", () => {
    expect(dataOf(dvd, "46 00 00 00 00 00 00 00 04 00")).toEqual(hex("00000080"));
  });
});
