import { describe, expect, it } from "vitest";
import { blankDisc, generatedDisc } from "../../../src/virtual/disc.js";
import { concat, hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, senseOf } from "../drive-host.js";

const physical = "AD 00 00 00 00 00 00 00 08 04 00 00";
const drive = readyDrive({ disc: numberedDisc(0x100) });
const css = readyDrive({
  disc: numberedDisc(1, {
    copyright: { protection: "css", regionMask: 0xfe },
    burstCuttingArea: new Uint8Array(12).fill(0xbc),
    manufacturer: hex("4D 46"),
  }),
});

describe("READ DISC STRUCTURE", () => {
  it("gives the physical format of a single layer, in 2048 bytes", () => {
    const reply = dataOf(drive, physical);
    expect(reply).toHaveLength(2052);
    expect(reply.subarray(0, 21)).toEqual(
      hex("0802 0000  01 0F 01 00  00 030000  00 0300FF  00 000000 00"),
    );
    expect(reply.subarray(21).every((byte) => byte === 0)).toBe(true);
  });

  it("counts layer 1 of an opposite track path inwards, by inverted numbers", () => {
    // A full DVD-9 ends at FCFFFFh, where every pressed disc with equal layers does.
    const disc = generatedDisc(2 * 2_086_912, () => new Uint8Array(0));
    expect(dataOf(readyDrive({ disc }), physical).subarray(4, 21)).toEqual(
      hex("01 0F 31 10  00 030000  00 FCFFFF  00 22D7FF 00"),
    );
  });

  it("gives layer 1 too, but only where there is one", () => {
    const layer1 = "AD 00 00 00 00 00 01 00 08 04 00 00";
    const disc = numberedDisc(64, { layerBreak: 31 });
    expect(dataOf(readyDrive({ disc }), layer1)).toHaveLength(2052);
    expect(senseOf(drive, layer1)).toBe("05/24/00");
  });

  it("gives the book type of recordable discs", () => {
    const book = (media: "dvd-r" | "dvd+r") =>
      dataOf(readyDrive({ disc: blankDisc(media) }), physical).subarray(4, 7);
    expect(book("dvd-r")).toEqual(hex("25 0F 02"));
    expect(book("dvd+r")).toEqual(hex("A1 0F 02"));
  });

  it("gives the copyright information", () => {
    const copyright = "AD 00 00 00 00 00 00 01 00 08 00 00";
    expect(dataOf(drive, copyright)).toEqual(hex("0006 0000 00 00 0000"));
    expect(dataOf(css, copyright)).toEqual(hex("0006 0000 01 FE 0000"));
  });

  it("has no disc key for a host that did not authenticate", () => {
    const discKey = "AD 00 00 00 00 00 00 02 08 04 00 00";
    expect(senseOf(css, discKey)).toBe("05/6f/02");
    expect(senseOf(drive, discKey)).toBe("05/6f/01");
  });

  it("gives the burst cutting area and the manufacturer's bytes", () => {
    expect(dataOf(css, "AD 00 00 00 00 00 00 03 00 FF 00 00")).toEqual(
      concat(hex("000E 0000"), new Uint8Array(12).fill(0xbc)),
    );
    expect(dataOf(css, physical)[20]).toBe(0x80);
    expect(senseOf(drive, "AD 00 00 00 00 00 00 03 00 FF 00 00")).toBe("05/24/00");
    const manufacturer = dataOf(css, "AD 00 00 00 00 00 00 04 08 04 00 00");
    expect(manufacturer).toHaveLength(2052);
    expect(manufacturer.subarray(0, 7)).toEqual(hex("0802 0000 4D 46 00"));
  });

  it("lists what there is to read", () => {
    const list = "AD 00 00 00 00 00 00 FF 00 FF 00 00";
    expect(dataOf(drive, list)).toEqual(hex("000E 0000  00 40 0804  01 40 0008  04 40 0804"));
    expect(dataOf(css, list)).toEqual(
      hex("0016 0000  00 40 0804  01 40 0008  02 40 0804  03 40 0010  04 40 0804"),
    );
  });

  it("refuses a CD, and the structures of other media", () => {
    const cd = readyDrive({ disc: numberedDisc(1, { media: "cd-rom" }) });
    expect(senseOf(cd, physical)).toBe("05/30/02");
    expect(senseOf(drive, "AD 01 00 00 00 00 00 00 08 04 00 00")).toBe("05/24/00");
    expect(senseOf(drive, "AD 00 00 00 00 00 00 05 08 04 00 00")).toBe("05/24/00");
  });
});
