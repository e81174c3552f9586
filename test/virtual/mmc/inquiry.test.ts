import { expect, it } from "vitest";
import { ascii, concat, hex } from "../../bytes.js";
import { dataOf, readyDrive, senseOf } from "../drive-host.js";

const drive = readyDrive({
  identity: {
    vendorId: "ACME",
    productId: "DVD Writer?",
    revision: "1.02",
    serial: "0F1E2D3C4B5A",
  },
});

it("gives 36 bytes of standard INQUIRY data", () => {
  expect(dataOf(drive, "12 00 00 00 FF 00")).toEqual(
    concat(
      hex("05 80 06 02 1F 00 00 00"),
      ascii("ACME", 8),
      ascii("DVD Writer?", 16),
      ascii("1.02"),
    ),
  );
});

it("cuts at the allocation length, which has two bytes", () => {
  expect(dataOf(drive, "12 00 00 00 05 00")).toEqual(hex("05 80 06 02 1F"));
  expect(dataOf(drive, "12 00 00 01 00 00")).toHaveLength(36);
  expect(dataOf(drive, "12 00 00 00 00 00")).toHaveLength(0);
});

it("lists the vital product data pages", () => {
  expect(dataOf(drive, "12 01 00 00 FF 00")).toEqual(hex("05 00 00 03 00 80 83"));
});

it("gives the unit serial number page", () => {
  expect(dataOf(drive, "12 01 80 00 FF 00")).toEqual(
    concat(hex("05 80 00 0C"), ascii("0F1E2D3C4B5A")),
  );
});

it("gives a T10 vendor ID designator", () => {
  expect(dataOf(drive, "12 01 83 00 FF 00")).toEqual(
    concat(
      hex("05 83 00 28  02 01 00 24"),
      ascii("ACME", 8),
      ascii("DVD Writer?", 16),
      ascii("0F1E2D3C4B5A"),
    ),
  );
});

it("refuses other pages, and a page code without EVPD", () => {
  expect(senseOf(drive, "12 01 B0 00 FF 00")).toBe("05/24/00");
  expect(senseOf(drive, "12 00 80 00 FF 00")).toBe("05/24/00");
});
