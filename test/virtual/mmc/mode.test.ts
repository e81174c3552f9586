import { describe, expect, it } from "vitest";
import { concat, hex } from "../../bytes.js";
import { dataOf, readyDrive, run, senseOf } from "../drive-host.js";

const capabilities = hex(`2A 1E 1F 00 40 00 29 00 5690 0000 0200 5690 00 00
  0000 0000 0001 000000 00 0000 0000`);

describe("MODE SENSE (10)", () => {
  it("gives the capabilities page without block descriptors", () => {
    expect(dataOf(readyDrive(), "5A 00 2A 00 00 00 00 00 FF 00")).toEqual(
      concat(hex("0026 00 00 00 00 0000"), capabilities),
    );
  });

  it("shows the lock and the speed as they are", () => {
    const drive = readyDrive();
    run(drive, "1E 00 00 00 01 00");
    run(drive, "BB 00 0A D2 FF FF 00 00 00 00 00 00");
    const page = dataOf(drive, "5A 00 2A 00 00 00 00 00 FF 00").subarray(8);
    expect(page[6]).toBe(0x2b);
    expect(page.subarray(14, 16)).toEqual(hex("0AD2"));
  });

  it("gives all pages in ascending order", () => {
    expect(dataOf(readyDrive(), "5A 08 3F 00 00 00 00 01 00 00")).toEqual(
      concat(
        hex("0048 00 00 00 00 0000"),
        hex("01 0A 00000000000000000000"),
        hex("1A 0A 00000000000000000000"),
        hex("1D 08 0000000000000000"),
        capabilities,
      ),
    );
  });

  it("has no changeable field and no saved page", () => {
    expect(dataOf(readyDrive(), "5A 00 41 00 00 00 00 00 FF 00")).toEqual(
      hex("0012 00 00 00 00 0000 01 0A 00000000000000000000"),
    );
    expect(dataOf(readyDrive(), "5A 00 6A 00 00 00 00 00 FF 00").subarray(10)).toEqual(
      new Uint8Array(30),
    );
    expect(senseOf(readyDrive(), "5A 00 EA 00 00 00 00 00 FF 00")).toBe("05/39/00");
  });

  it("refuses pages and subpages that it does not have", () => {
    expect(senseOf(readyDrive(), "5A 00 0E 00 00 00 00 00 FF 00")).toBe("05/24/00");
    expect(senseOf(readyDrive(), "5A 00 2A 01 00 00 00 00 FF 00")).toBe("05/24/00");
  });

  it("keeps its length when it is cut", () => {
    expect(dataOf(readyDrive(), "5A 00 2A 00 00 00 00 00 02 00")).toEqual(hex("0026"));
  });
});

it("refuses MODE SELECT (10)", () => {
  expect(senseOf(readyDrive(), "55 10 00 00 00 00 00 00 00 00")).toBe("05/20/00");
});
