import { describe, expect, it } from "vitest";

import {
  readBurstCuttingArea,
  readCopyrightInformation,
  readDiscKey,
  readDiscStructure,
  readDiscStructureList,
  readManufacturerInformation,
  readPhysicalFormat,
} from "../../src/mmc/read-disc-structure.js";
import { concat, hex } from "../bytes.js";

describe("READ DISC STRUCTURE", () => {
  it("puts every field where the standard has it", () => {
    const command = readDiscStructure({
      mediaType: "bd",
      format: 0x10,
      address: 0x0123_4567,
      layer: 0x89,
      agid: 3,
      allocationLength: 0xabcd,
    });
    expect(command.cdb).toEqual(hex("ad 01 01 23 45 67 89 10 ab cd c0 00"));
    expect(command).toMatchObject({ direction: "in", transferLength: 0xabcd });
  });

  it.each([
    ["physical format", readPhysicalFormat(1), "ad 00 00 00 00 00 01 00 08 04 00 00"],
    ["copyright", readCopyrightInformation(), "ad 00 00 00 00 00 00 01 00 08 00 00"],
    ["disc key", readDiscKey(2), "ad 00 00 00 00 00 00 02 08 04 80 00"],
    ["burst cutting area", readBurstCuttingArea(), "ad 00 00 00 00 00 00 03 00 c0 00 00"],
    ["manufacturer", readManufacturerInformation(), "ad 00 00 00 00 00 00 04 08 04 00 00"],
    ["list", readDiscStructureList(), "ad 00 00 00 00 00 00 ff 04 04 00 00"],
  ])("asks for the %s", (_what, command, cdb) => {
    expect(command.cdb).toEqual(hex(cdb));
  });

  it("returns what the header says there is, and no more than came", () => {
    const command = readDiscStructure({ format: 0x42, allocationLength: 64 });
    expect(command.decode(hex("00 04 00 00 aa bb cc dd"))).toEqual(hex("aa bb"));
    expect(command.decode(hex("00 40 00 00 aa bb"))).toEqual(hex("aa bb"));
    expect(command.decode(hex("00 00 00 00 aa bb"))).toEqual(hex(""));
  });
});

describe("physical format information", () => {
  it("reads two layers of opposite track path, and where the break is", () => {
    const bytes = "08 02 00 00  01 02 31 10 00 03 00 00 00 fc ff ff 00 22 d7 ff 80";
    expect(readPhysicalFormat().decode(hex(bytes))).toEqual({
      bookType: { code: 0, name: "DVD-ROM" },
      partVersion: 1,
      discSize: { code: 0, name: "120 mm" },
      maximumRate: { code: 2, name: "10.08 Mbit/s" },
      layers: 2,
      trackPath: "OTP",
      layerType: { embossed: true, recordable: false, rewritable: false },
      linearDensity: { code: 1, name: "0.293 um/bit" },
      trackDensity: { code: 0, name: "0.74 um/track" },
      startPsn: 0x030000,
      endPsn: 0xfcffff,
      endPsnOfLayer0: 0x22d7ff,
      burstCuttingArea: true,
      layerSectors: [0x1fd800, 0x1fd800],
      layerBreakLba: 0x1fd800,
    });
  });

  it("reads one layer", () => {
    const bytes = "08 02 00 00  25 1f 02 20 00 03 00 00 00 26 05 3f 00 00 00 00 00";
    const format = readPhysicalFormat().decode(hex(bytes));
    expect(format).toMatchObject({
      bookType: { name: "DVD-R" },
      partVersion: 5,
      discSize: { name: "80 mm" },
      maximumRate: { name: "not specified" },
      layers: 1,
      layerType: { embossed: false, recordable: true, rewritable: false },
      layerSectors: [0x230540],
    });
    expect(format).not.toHaveProperty("layerBreakLba");
  });

  it("reads two layers of parallel track path, each by itself", () => {
    const bytes = hex("08 02 00 00  01 02 21 10 00 03 00 00 00 10 ff ff 00 00 00 00 00");
    expect(readPhysicalFormat(0).decode(bytes)).toMatchObject({
      trackPath: "PTP",
      layerSectors: [0x0e0000],
      layerBreakLba: 0x0e0000,
    });
    expect(readPhysicalFormat(1).decode(bytes)).not.toHaveProperty("layerBreakLba");
  });

  it("makes no layers out of a blank disc", () => {
    const bytes = "08 02 00 00  25 0f 02 00 00 03 00 00 00 00 00 00 00 00 00 00 00";
    expect(readPhysicalFormat().decode(hex(bytes)).layerSectors).toEqual([]);
  });

  it("refuses a structure that is cut short", () => {
    expect(() => readPhysicalFormat().decode(hex("08 02 00 00 01 02"))).toThrow(
      "The drive sent malformed physical format information: 17 bytes are needed, 2 came (at byte 2).",
    );
  });
});

describe("copyright information", () => {
  it("reads the protection, and where the disc plays", () => {
    expect(readCopyrightInformation().decode(hex("00 06 00 00 01 fd 00 00"))).toEqual({
      protection: { code: 1, name: "CSS or CPPM" },
      regionMask: 0xfd,
      regions: [2],
    });
    expect(readCopyrightInformation().decode(hex("00 06 00 00 00 00 00 00"))).toMatchObject({
      protection: { name: "none" },
      regions: [1, 2, 3, 4, 5, 6, 7, 8],
    });
  });
});

describe("the disc key", () => {
  const key = Uint8Array.from({ length: 2048 }, (_, index) => index & 0xff);

  it("is 2048 bytes as they came", () => {
    expect(readDiscKey(0).decode(concat(hex("08 02 00 00"), key))).toEqual(key);
  });

  it("is refused where it is not whole, by what came or by what the drive says", () => {
    const short = concat(hex("08 02 00 00"), key.subarray(0, 2047));
    expect(() => readDiscKey(0).decode(short)).toThrow(
      "The drive sent malformed disc key: 2048 bytes are needed, 2047 of 2048 came (at byte 2051).",
    );
    const tooLittle = concat(hex("08 01 00 00"), key);
    expect(() => readDiscKey(0).decode(tooLittle)).toThrow("2047 of 2047 came");
    const tooMuch = concat(hex("08 03 00 00"), key);
    expect(() => readDiscKey(0).decode(tooMuch)).toThrow("2048 of 2049 came");
  });
});

describe("the list of structures", () => {
  it("reads what can be read and sent, and how long it is", () => {
    const list = readDiscStructureList().decode(hex("00 0a 00 00 00 40 08 04 0f c0 00 08"));
    expect(list).toEqual([
      { format: 0x00, readable: true, sendable: false, length: 2052 },
      { format: 0x0f, readable: true, sendable: true, length: 8 },
    ]);
  });
});
