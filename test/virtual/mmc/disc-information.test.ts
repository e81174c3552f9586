import { expect, it } from "vitest";
import { blankDisc } from "../../../src/virtual/disc.js";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, senseOf } from "../drive-host.js";

const drive = readyDrive({ disc: numberedDisc(0x200) });
const blank = readyDrive({ disc: blankDisc() });

it("gives the information of a complete DVD", () => {
  expect(dataOf(drive, "51 00 00 00 00 00 00 00 FF 00")).toEqual(
    hex(`0020 0E 01 01 01 01 20 00 00 00 00
      00000000 00000000 00000000 0000000000000000 00 00`),
  );
});

it("gives the information of a blank disc", () => {
  expect(dataOf(blank, "51 00 00 00 00 00 00 00 FF 00")).toEqual(
    hex(`0020 00 01 01 01 01 20 00 00 00 00
      00000000 00000000 00231280 0000000000000000 00 00`),
  );
});

it("has no lead-in addresses to give for a CD", () => {
  const cd = readyDrive({ disc: numberedDisc(2, { media: "cd-rom" }) });
  expect(dataOf(cd, "51 00 00 00 00 00 00 00 FF 00").subarray(16, 24)).toEqual(
    hex("00FFFFFF 00FFFFFF"),
  );
});

it("refuses the other data types", () => {
  expect(senseOf(drive, "51 01 00 00 00 00 00 00 FF 00")).toBe("05/24/00");
});

it.each([
  ["address", "52 00 00 00 01 FF 00 00 FF 00"],
  ["track", "52 01 00 00 00 01 00 00 FF 00"],
  ["session", "52 02 00 00 00 01 00 00 FF 00"],
])("gives the track by %s", (_, cdb) => {
  expect(dataOf(drive, cdb)).toEqual(
    hex(`002E 01 01 00 04 01 02
      00000000 00000000 00000000 00000000 00000200 000001FF
      00 00 00 00 00000000 00000000 00000000`),
  );
});

it("gives a blank disc's invisible track, with its room", () => {
  expect(dataOf(blank, "52 01 00 00 00 FF 00 00 FF 00").subarray(0, 28)).toEqual(
    hex("002E 01 01 00 04 41 01 00000000 00000000 00231280 00000000 00231280"),
  );
});

it.each([
  ["52 00 00 00 02 00 00 00 FF 00", "05/21/00"],
  ["52 01 00 00 00 02 00 00 FF 00", "05/24/00"],
  ["52 01 00 00 00 FF 00 00 FF 00", "05/24/00"],
  ["52 03 00 00 00 01 00 00 FF 00", "05/24/00"],
])("refuses %s", (cdb, sense) => {
  expect(senseOf(drive, cdb)).toBe(sense);
});
