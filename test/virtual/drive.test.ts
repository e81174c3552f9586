import { describe, expect, it } from "vitest";
import { VirtualDrive } from "../../src/virtual/drive.js";
import { hex } from "../bytes.js";
import { numberedDisc, readyDrive, run, dataOf, senseOf } from "./drive-host.js";

const testUnitReady = "00 00 00 00 00 00";
const inquiry = "12 00 00 00 24 00";
const requestSense = "03 00 00 00 12 00";
const mediaEvent = "4A 01 00 00 10 00 00 00 08 00";
const getConfiguration = "46 00 00 00 00 00 00 00 08 00";
const eject = "1B 00 00 00 02 00";
const load = "1B 00 00 00 03 00";

describe("a unit attention", () => {
  it("is reported once after power-on, and only by commands that report it", () => {
    const drive = new VirtualDrive({ disc: numberedDisc(1) });
    for (const passing of [inquiry, mediaEvent, getConfiguration]) {
      expect(senseOf(drive, passing)).toBe("good");
    }
    expect(senseOf(drive, testUnitReady)).toBe("06/29/00");
    expect(senseOf(drive, testUnitReady)).toBe("good");
  });

  it("comes as REQUEST SENSE's data when nothing failed before, and is gone then", () => {
    const drive = new VirtualDrive({ disc: numberedDisc(1) });
    expect(dataOf(drive, requestSense)).toEqual(
      hex("70 00 06 00000000 0A 00000000 29 00 00 000000"),
    );
    expect(senseOf(drive, testUnitReady)).toBe("good");
  });

  it("follows a medium change, and is queued behind an earlier one", () => {
    const drive = new VirtualDrive();
    drive.insert(numberedDisc(1));
    expect(senseOf(drive, testUnitReady)).toBe("06/29/00");
    expect(senseOf(drive, testUnitReady)).toBe("06/28/00");
    expect(senseOf(drive, testUnitReady)).toBe("good");
  });

  it("goes before an unknown command, and replaces all others after a reset", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    drive.insert(numberedDisc(2));
    drive.reset();
    expect(senseOf(drive, "FF 00 00 00 00 00")).toBe("06/29/00");
    expect(senseOf(drive, "FF 00 00 00 00 00")).toBe("05/20/00");
  });
});

describe("the tray", () => {
  it("has no medium, closed or open", () => {
    const drive = readyDrive();
    expect(senseOf(drive, testUnitReady)).toBe("02/3a/01");
    drive.eject();
    expect(senseOf(drive, testUnitReady)).toBe("02/3a/02");
    expect(senseOf(drive, "28 00 00 00 00 00 00 00 01 00")).toBe("02/3a/02");
  });

  it("keeps the disc it is opened with until somebody takes it", () => {
    const disc = numberedDisc(1);
    const drive = readyDrive({ disc });
    drive.eject();
    drive.closeTray();
    expect([senseOf(drive, testUnitReady), senseOf(drive, testUnitReady)]).toEqual([
      "06/28/00",
      "good",
    ]);
    expect(drive.takeDisc()).toBe(disc);
    drive.closeTray();
    expect(senseOf(drive, testUnitReady)).toBe("02/3a/01");
  });

  it("takes as many polls to spin up as it was told, then reports the change", () => {
    const drive = readyDrive({ becomingReadyPolls: 2 });
    drive.insert(numberedDisc(1));
    expect(senseOf(drive, "25 00 00 00 00 00 00 00 00 00")).toBe("02/04/01");
    const polls = Array.from({ length: 4 }, () => senseOf(drive, testUnitReady));
    expect(polls).toEqual(["02/04/01", "02/04/01", "06/28/00", "good"]);
  });

  it("opens and loads by START STOP UNIT, unless it is locked", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    run(drive, "1E 00 00 00 01 00");
    expect(senseOf(drive, eject)).toBe("05/53/02");
    expect(drive.trayOpen).toBe(false);
    run(drive, "1E 00 00 00 00 00");
    expect(senseOf(drive, eject)).toBe("good");
    expect(drive.trayOpen).toBe(true);
    expect(senseOf(drive, "1B 00 00 00 01 00")).toBe("02/3a/02");
    expect(senseOf(drive, load)).toBe("good");
    expect(drive.trayOpen).toBe(false);
  });

  it("is locked as long as one of the two locks is", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    run(drive, "1E 00 00 00 03 00");
    run(drive, "1E 00 00 00 00 00");
    expect(senseOf(drive, eject)).toBe("05/53/02");
    run(drive, "1E 00 00 00 02 00");
    expect(senseOf(drive, eject)).toBe("good");
  });

  it("is unlocked by a reset", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    run(drive, "1E 00 00 00 01 00");
    run(drive, "1E 00 00 00 03 00");
    drive.reset();
    run(drive, testUnitReady);
    expect(senseOf(drive, eject)).toBe("good");
  });

  it("accepts the power conditions there are", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    expect(senseOf(drive, "1B 00 00 00 20 00")).toBe("good");
    expect(senseOf(drive, "1B 00 00 00 40 00")).toBe("05/24/00");
  });

  it("answers its button: it moves, or when locked only tells the host", () => {
    const drive = readyDrive({ disc: numberedDisc(1) });
    run(drive, "1E 00 00 00 01 00");
    drive.pressEject();
    expect(drive.trayOpen).toBe(false);
    expect(dataOf(drive, mediaEvent)).toEqual(hex("0006 04 5E 01 02 00 00"));
    run(drive, "1E 00 00 00 00 00");
    drive.pressEject();
    expect(drive.trayOpen).toBe(true);
    drive.pressEject();
    expect(drive.trayOpen).toBe(false);
  });
});

describe("sense data", () => {
  it("lasts until it is fetched", () => {
    const drive = readyDrive();
    run(drive, "AD 00 00 00 00 00 00 00 00 00 00 00");
    expect(dataOf(drive, requestSense)).toEqual(
      hex("70 00 02 00000000 0A 00000000 3A 01 00 000000"),
    );
    expect(dataOf(drive, requestSense)).toEqual(
      hex("70 00 00 00000000 0A 00000000 00 00 00 000000"),
    );
  });

  it("is forgotten when another command ends", () => {
    const drive = readyDrive();
    run(drive, testUnitReady);
    run(drive, inquiry);
    expect(dataOf(drive, requestSense)[2]).toBe(0x00);
  });

  it("names the byte and bit of the CDB that was refused", () => {
    const drive = readyDrive();
    run(drive, "4A 00 00 00 10 00 00 00 08 00");
    expect(dataOf(drive, requestSense)).toEqual(
      hex("70 00 05 00000000 0A 00000000 24 00 00 C8 0001"),
    );
  });

  it("comes as descriptors when DESC asks for them", () => {
    const drive = readyDrive({ disc: numberedDisc(4) });
    run(drive, "28 00 00 00 00 03 00 00 02 00");
    expect(dataOf(drive, "03 01 00 00 FC 00")).toEqual(
      hex("72 05 21 00 000000 0C  00 0A 80 00 00000000 00000004"),
    );
    run(drive, "12 00 83 00 24 00");
    expect(dataOf(drive, "03 01 00 00 FC 00")).toEqual(
      hex("72 05 24 00 000000 08  02 06 00 00 C0 0002 00"),
    );
  });

  it("carries the block that could not be read", () => {
    const drive = readyDrive({ disc: numberedDisc(4) });
    run(drive, "28 00 00 00 01 00 00 00 01 00");
    expect(dataOf(drive, requestSense)).toEqual(
      hex("F0 00 05 00000100 0A 00000000 21 00 00 000000"),
    );
  });

  it("refuses a command block that is too short for its command", () => {
    expect(senseOf(readyDrive(), "28 00 00 00 00 00")).toBe("05/24/00");
  });
});
