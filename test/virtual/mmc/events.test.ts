import { describe, expect, it } from "vitest";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, run, senseOf } from "../drive-host.js";

const media = "4A 01 00 00 10 00 00 00 08 00";
const all = "4A 01 00 00 7E 00 00 00 08 00";

describe("GET EVENT STATUS NOTIFICATION", () => {
  it("reports a new medium once", () => {
    const drive = readyDrive();
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 00 00 00 00"));
    drive.insert(numberedDisc(1));
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 02 02 00 00"));
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 00 02 00 00"));
  });

  it("reports the removal, with the tray open", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    run(drive, "1B 00 00 00 02 00");
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 03 01 00 00"));
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 00 01 00 00"));
  });

  it("reports an unlocked drive's button, then what it did", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    drive.pressEject();
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 01 01 00 00"));
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 03 01 00 00"));
  });

  it("keeps an event that there was no room to tell", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    drive.eject();
    expect(dataOf(drive, "4A 01 00 00 10 00 00 00 04 00")).toEqual(hex("0006 04 5E"));
    expect(dataOf(drive, media)).toEqual(hex("0006 04 5E 03 01 00 00"));
  });

  it("reports one event at a time, the lowest class first", () => {
    const drive = readyDrive();
    drive.insert(numberedDisc(1));
    expect(dataOf(drive, all)).toEqual(hex("0006 01 5E 02 00 00 01"));
    expect(dataOf(drive, all)).toEqual(hex("0006 04 5E 02 02 00 00"));
    expect(dataOf(drive, all)).toEqual(hex("0006 01 5E 00 00 00 00"));
  });

  it("reports power, external requests and busyness, of which there is nothing new", () => {
    const drive = readyDrive();
    run(drive, "1E 00 00 00 03 00");
    expect(dataOf(drive, "4A 01 00 00 04 00 00 00 08 00")).toEqual(hex("0006 02 5E 00 01 00 00"));
    expect(dataOf(drive, "4A 01 00 00 08 00 00 00 08 00")).toEqual(hex("0006 03 5E 00 80 00 00"));
    expect(dataOf(drive, "4A 01 00 00 40 00 00 00 08 00")).toEqual(hex("0006 06 5E 00 00 00 00"));
  });

  it("says when no class asked for exists, and refuses to wait", () => {
    const drive = readyDrive();
    expect(dataOf(drive, "4A 01 00 00 A0 00 00 00 08 00")).toEqual(hex("0002 80 5E"));
    expect(senseOf(drive, "4A 00 00 00 10 00 00 00 08 00")).toBe("05/24/00");
  });
});
