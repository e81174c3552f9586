import { describe, expect, it } from "vitest";

import { modeSenseCapabilities } from "../../src/mmc/capabilities-page.js";
import { getNominalPerformance, getWriteSpeeds } from "../../src/mmc/get-performance.js";
import { mechanismStatus } from "../../src/mmc/mechanism-status.js";
import { setCdSpeed, setStreaming } from "../../src/mmc/speed.js";
import { concat, hex } from "../bytes.js";

describe("MECHANISM STATUS", () => {
  it("asks for the header, or for the slots too", () => {
    expect(mechanismStatus().cdb).toEqual(hex("bd 00 00 00 00 00 00 00 00 08 00 00"));
    expect(mechanismStatus(0x0120).cdb).toEqual(hex("bd 00 00 00 00 00 00 00 01 20 00 00"));
  });

  it("reads the state of the mechanics", () => {
    expect(
      mechanismStatus().decode(hex("a3 31 01 02 03 02 00 08 81 00 00 00 00 00 00 00")),
    ).toEqual({
      fault: true,
      changerState: { code: 1, name: "loading" },
      currentSlot: 0x23,
      mechanismState: { code: 1, name: "playing audio" },
      doorOpen: true,
      currentLba: 0x010203,
      slots: [
        { discPresent: true, discChanged: true },
        { discPresent: false, discChanged: false },
      ],
    });
  });
});

describe("GET PERFORMANCE", () => {
  it("asks for the nominal performance, with its tolerance", () => {
    const command = getNominalPerformance("read", { startingLba: 0x0102_0304, maxDescriptors: 2 });
    expect(command.cdb).toEqual(hex("ac 10 01 02 03 04 00 00 00 02 00 00"));
    expect(command.transferLength).toBe(8 + 2 * 16);
    expect(getNominalPerformance("write").cdb[1]).toBe(0x14);
  });

  it("reads the stretches of the medium", () => {
    const reply = hex(`00 00 00 14 00 00 00 00
      01 02 03 04 00 00 22 80  00 22 f0 ff 00 00 56 90`);
    expect(getNominalPerformance("read").decode(reply)).toEqual([
      {
        startLba: 0x0102_0304,
        startKilobytesPerSecond: 8832,
        endLba: 0x22f0ff,
        endKilobytesPerSecond: 22160,
      },
    ]);
  });

  it("asks for the write speeds and reads them", () => {
    const command = getWriteSpeeds(3);
    expect(command.cdb).toEqual(hex("ac 00 00 00 00 00 00 00 00 03 03 00"));
    const reply = hex(`00 00 00 14 00 00 00 00
      0f 00 00 00 00 22 f0 ff  00 00 2b 48 00 00 15 a4`);
    expect(command.decode(reply)).toEqual([
      {
        rotationControl: 1,
        restoreDefaults: true,
        exact: true,
        mixedReadWrite: true,
        endLba: 0x22f0ff,
        readKilobytesPerSecond: 11080,
        writeKilobytesPerSecond: 5540,
      },
    ]);
  });
});

describe("SET CD SPEED", () => {
  it("sets the speeds and the rotation", () => {
    expect(setCdSpeed(11080).cdb).toEqual(hex("bb 00 2b 48 ff ff 00 00 00 00 00 00"));
    expect(setCdSpeed(706, 353, "constantAngular").cdb).toEqual(
      hex("bb 01 02 c2 01 61 00 00 00 00 00 00"),
    );
  });
});

describe("SET STREAMING", () => {
  it("sends a performance descriptor", () => {
    const command = setStreaming({
      rotationControl: 1,
      exact: true,
      startLba: 0x0102_0304,
      endLba: 0x0022_f0ff,
      readKilobytes: 5540,
      readTimeMs: 1000,
      writeKilobytes: 2770,
      writeTimeMs: 500,
    });
    expect(command.cdb).toEqual(hex("b6 00 00 00 00 00 00 00 00 00 1c 00"));
    expect(command).toMatchObject({ direction: "out", transferLength: 28 });
    expect(command.data).toEqual(
      hex(`0a 00 00 00  01 02 03 04  00 22 f0 ff
           00 00 15 a4  00 00 03 e8  00 00 0a d2  00 00 01 f4`),
    );
    expect(setStreaming({ restoreDefaults: true }).data?.[0]).toBe(0x04);
    expect(setStreaming({ randomAccess: true }).data?.[0]).toBe(0x01);
  });
});

describe("mode page 2Ah", () => {
  const header = hex("00 36 70 00 00 00 00 00");
  const page = hex(`2a 2e 3f 37 f1 7f 2b 30
    15 a4 01 00 02 00 15 a4  00 10 1b 90 0b 06 00 01
    00 00 00 01 0b 06 00 02  00 01 1b 90 00 00 0b 06
    00 00 00 00 00 00 00 00`);

  it("is asked for by its number", () => {
    expect(modeSenseCapabilities().cdb).toEqual(hex("5a 08 2a 00 00 00 00 01 00 00"));
  });

  it("tells what the drive can do, its speeds, and whether it is locked", () => {
    expect(modeSenseCapabilities().decode(concat(header, page))).toEqual({
      readsDvdRam: true,
      readsDvdR: true,
      readsDvdRom: true,
      readsMethod2: true,
      readsCdRw: true,
      readsCdR: true,
      writesDvdRam: true,
      writesDvdR: true,
      testWrite: true,
      writesCdRw: true,
      writesCdR: true,
      bufferUnderrunFree: true,
      multiSession: true,
      mode2Form2: true,
      mode2Form1: true,
      audioPlay: true,
      readsBarCode: false,
      readsUpc: true,
      readsIsrc: true,
      c2Pointers: true,
      correctsSubchannels: true,
      readsSubchannels: true,
      accurateCdDaStream: true,
      readsCdDa: true,
      loadingMechanism: { code: 1, name: "tray" },
      canEject: true,
      preventJumper: false,
      locked: true,
      canLock: true,
      readsLeadInSubchannels: true,
      sideChange: true,
      maxReadKilobytesPerSecond: 5540,
      volumeLevels: 256,
      bufferKibibytes: 512,
      currentReadKilobytesPerSecond: 5540,
      maxWriteKilobytesPerSecond: 7056,
      copyManagementRevision: 1,
      rotationControl: 1,
      currentWriteKilobytesPerSecond: 2822,
      writeSpeeds: [
        { rotationControl: 1, kilobytesPerSecond: 7056 },
        { rotationControl: 0, kilobytesPerSecond: 2822 },
      ],
    });
  });

  it.each([
    [2, 0x01, "readsCdR"],
    [2, 0x02, "readsCdRw"],
    [2, 0x04, "readsMethod2"],
    [2, 0x08, "readsDvdRom"],
    [2, 0x10, "readsDvdR"],
    [2, 0x20, "readsDvdRam"],
    [3, 0x01, "writesCdR"],
    [3, 0x02, "writesCdRw"],
    [3, 0x04, "testWrite"],
    [3, 0x10, "writesDvdR"],
    [3, 0x20, "writesDvdRam"],
    [4, 0x01, "audioPlay"],
    [4, 0x10, "mode2Form1"],
    [4, 0x20, "mode2Form2"],
    [4, 0x40, "multiSession"],
    [4, 0x80, "bufferUnderrunFree"],
    [5, 0x01, "readsCdDa"],
    [5, 0x02, "accurateCdDaStream"],
    [5, 0x04, "readsSubchannels"],
    [5, 0x08, "correctsSubchannels"],
    [5, 0x10, "c2Pointers"],
    [5, 0x20, "readsIsrc"],
    [5, 0x40, "readsUpc"],
    [5, 0x80, "readsBarCode"],
    [6, 0x01, "canLock"],
    [6, 0x02, "locked"],
    [6, 0x04, "preventJumper"],
    [6, 0x08, "canEject"],
    [7, 0x10, "sideChange"],
    [7, 0x20, "readsLeadInSubchannels"],
  ])("has in byte %i, bit %i alone: %s", (byte, bit, ability) => {
    const oneBit = hex("2a 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    oneBit[byte] = bit;
    const capabilities = modeSenseCapabilities().decode(concat(header, oneBit));
    const abilities = Object.entries(capabilities).filter(([, value]) => value === true);
    expect(abilities).toEqual([[ability, true]]);
  });

  it("is read as far as an older drive has it", () => {
    const capabilities = modeSenseCapabilities().decode(concat(header, page.subarray(0, 16)));
    expect(capabilities).toMatchObject({ bufferKibibytes: 512, writeSpeeds: [] });
    expect(capabilities).not.toHaveProperty("maxWriteKilobytesPerSecond");
    expect(capabilities).not.toHaveProperty("copyManagementRevision");
  });

  it("is missed where it is not among the pages", () => {
    expect(() => modeSenseCapabilities().decode(concat(header, hex("0e 02 00 00")))).toThrow(
      "The drive sent malformed mode parameters: page 2Ah is not among them (at byte 8).",
    );
  });
});
