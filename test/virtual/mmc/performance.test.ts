import { describe, expect, it } from "vitest";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, run, senseOf } from "../drive-host.js";

const nominal = "AC 10 00 00 00 00 00 00 00 01 00 00";

describe("GET PERFORMANCE", () => {
  const drive = readyDrive({ disc: numberedDisc(0x100) });

  it("gives the nominal read speed of the whole disc", () => {
    expect(dataOf(drive, nominal)).toEqual(
      hex("00000014 00000000  00000000 00005690 000000FF 00005690"),
    );
  });

  it("gives the header alone when no descriptor is wanted or none is left", () => {
    expect(dataOf(drive, "AC 10 00 00 00 00 00 00 00 00 00 00")).toEqual(hex("00000004 00000000"));
    expect(dataOf(drive, "AC 10 00 00 01 00 00 00 00 01 00 00")).toEqual(hex("00000004 00000000"));
    expect(dataOf(drive, "AC 11 00 00 00 00 00 00 00 01 00 00")).toEqual(hex("00000004 01000000"));
  });

  it("has no write performance, no write speeds and no other types", () => {
    expect(senseOf(drive, "AC 14 00 00 00 00 00 00 00 01 00 00")).toBe("05/24/00");
    expect(senseOf(drive, "AC 00 00 00 00 00 00 00 00 01 03 00")).toBe("05/24/00");
    expect(senseOf(drive, "AC 13 00 00 00 00 00 00 00 01 00 00")).toBe("05/24/00");
  });
});

describe("the read speed", () => {
  it.each([
    ["FF FF", 22_160],
    ["2B 48", 11_080],
    ["2B 47", 5540],
    ["00 01", 2770],
  ])("after SET CD SPEED %s is %i kB/s", (speed, expected) => {
    const drive = readyDrive();
    expect(senseOf(drive, `BB 00 ${speed} FF FF 00 00 00 00 00 00`)).toBe("good");
    expect(drive.readSpeed).toBe(expected);
  });

  it("follows SET STREAMING's kilobytes in milliseconds, and its default bit", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    const streaming = "B6 00 00 00 00 00 00 00 00 00 1C 00";
    const descriptor = (flags: string, size: string, time: string) =>
      `${flags} 000000 00000000 000000FF ${size} ${time} 00000000 00000000`;
    expect(drive.parameterLength(hex(streaming))).toBe(28);
    expect(senseOf(drive, streaming, descriptor("00", "0000159E", "000003E8"))).toBe("good");
    expect(drive.readSpeed).toBe(2770);
    expect(senseOf(drive, streaming, descriptor("04", "00000000", "00000000"))).toBe("good");
    expect(drive.readSpeed).toBe(22_160);
    expect(senseOf(drive, streaming, descriptor("00", "00000001", "00000000"))).toBe("05/26/00");
    expect(run(drive, streaming, descriptor("00", "00000001", "00000000")).sense?.field).toEqual({
      in: "parameters",
      byte: 16,
    });
    expect(senseOf(drive, streaming, "00 00")).toBe("05/1a/00");
    expect(senseOf(drive, "B6 00 00 00 00 00 00 00 05 00 1C 00", "00")).toBe("05/24/00");
  });
});

it("gives the mechanism status, with its door", () => {
  const drive = readyDrive();
  expect(dataOf(drive, "BD 00 00 00 00 00 00 00 00 08 00 00")).toEqual(hex("00 00 000000 01 0000"));
  drive.eject();
  expect(dataOf(drive, "BD 00 00 00 00 00 00 00 00 02 00 00")).toEqual(hex("00 10"));
});
