import { describe, expect, it } from "vitest";

import { senseCodes } from "../../src/scsi/sense-codes.js";
import { senseKeyNames } from "../../src/scsi/sense-key.js";
import { senseText } from "../../src/scsi/sense-text.js";

describe("senseText", () => {
  it.each([
    [0x00, 0x00, "no additional sense information"],
    [0x04, 0x01, "logical unit is in process of becoming ready"],
    [0x28, 0x00, "not ready to ready change, medium may have changed"],
    [0x3a, 0x02, "medium not present - tray open"],
    [0x5d, 0xff, "failure prediction threshold exceeded (false)"],
    [0x6f, 0x03, "read of scrambled sector without authentication"],
    [0x74, 0x79, "security conflict in translated device"],
  ])("knows %i/%i", (asc, ascq, text) => {
    expect(senseText(asc, ascq)).toBe(text);
  });

  it("puts the number of a range into its text", () => {
    expect(senseText(0x40, 0x85)).toBe("diagnostic failure on component 85h");
    expect(senseText(0x4d, 0x0a)).toBe("tagged overlapped commands, task tag 0Ah");
    expect(senseText(0x70, 0xff)).toBe("decompression exception, short algorithm ID of FFh");
  });

  it("tells a vendor's codes from unassigned ones", () => {
    expect(senseText(0x80, 0x00)).toBe("vendor specific additional sense 80h/00h");
    expect(senseText(0x04, 0xf0)).toBe("vendor specific additional sense 04h/F0h");
    expect(senseText(0x40, 0x7f)).toBe("unassigned additional sense 40h/7Fh");
  });
});

describe("the table of additional sense codes", () => {
  it("has what T10 had assigned by 2020, each in its place", () => {
    const codes = Object.keys(senseCodes).map(Number);
    expect(codes).toHaveLength(760);
    expect(Math.max(...codes)).toBe(0x7479);
    for (const text of Object.values(senseCodes)) expect(text).toMatch(/^[A-Za-z]\S.*\S$/);
  });
});

describe("the sense keys", () => {
  it("are sixteen, in the order of their numbers", () => {
    expect(senseKeyNames).toHaveLength(16);
    expect(senseKeyNames[0x3]).toBe("MEDIUM ERROR");
    expect(senseKeyNames[0xb]).toBe("ABORTED COMMAND");
    expect(senseKeyNames[0xf]).toBe("COMPLETED");
  });
});
