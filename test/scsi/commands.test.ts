import { describe, expect, it } from "vitest";

import { preventAllowMediumRemoval } from "../../src/scsi/medium-removal.js";
import { read10, read12 } from "../../src/scsi/read.js";
import { readCapacity } from "../../src/scsi/read-capacity.js";
import { startStopUnit } from "../../src/scsi/start-stop-unit.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import { hex } from "../bytes.js";

describe("TEST UNIT READY", () => {
  it("is six zeros, and never waits", () => {
    expect(testUnitReady()).toMatchObject({
      cdb: hex("00 00 00 00 00 00"),
      direction: "none",
      transferLength: 0,
      whenNotReady: "report",
    });
  });
});

describe("READ CAPACITY (10)", () => {
  it("asks for eight bytes", () => {
    const command = readCapacity();
    expect(command.cdb).toEqual(hex("25 00 00 00 00 00 00 00 00 00"));
    expect(command).toMatchObject({ direction: "in", transferLength: 8 });
  });

  it("counts the blocks, one more than the last address", () => {
    const capacity = readCapacity().decode(hex("00 22 f0 ff 00 00 08 00"));
    expect(capacity).toEqual({ blocks: 0x22f100, blockLength: 2048 });
  });
});

describe("READ (10) and READ (12)", () => {
  it("name their blocks", () => {
    expect(read10(0x0123_4567, 0x89ab).cdb).toEqual(hex("28 00 01 23 45 67 00 89 ab 00"));
    expect(read12(0x0123_4567, 0x89ab_cdef).cdb).toEqual(
      hex("a8 00 01 23 45 67 89 ab cd ef 00 00"),
    );
    expect(read10(16, 4)).toMatchObject({ lba: 16, direction: "in", transferLength: 8192 });
    expect(read12(16, 4, { blockLength: 2352 })).toMatchObject({ lba: 16, transferLength: 9408 });
  });

  it("can go past the cache, and stream", () => {
    expect(read10(0, 1, { forceUnitAccess: true }).cdb).toEqual(
      hex("28 08 00 00 00 00 00 00 01 00"),
    );
    expect(read12(0, 1, { streaming: true }).cdb).toEqual(
      hex("a8 00 00 00 00 00 00 00 00 01 80 00"),
    );
  });

  it("refuse more blocks than fit the command", () => {
    expect(() => read10(0, 0x1_0000)).toThrow(RangeError);
  });

  it("hand the data over as it came", () => {
    const data = hex("01 02 03");
    expect(read10(0, 1).decode(data)).toBe(data);
    expect(read12(0, 1).decode(data)).toBe(data);
  });
});

describe("START STOP UNIT", () => {
  it.each([
    ["stop", "1b 00 00 00 00 00"],
    ["start", "1b 00 00 00 01 00"],
    ["eject", "1b 00 00 00 02 00"],
    ["load", "1b 00 00 00 03 00"],
  ] as const)("%s", (action, cdb) => {
    expect(startStopUnit(action)).toMatchObject({ cdb: hex(cdb), direction: "none" });
  });

  it("can answer before it is done", () => {
    expect(startStopUnit("eject", { immediate: true }).cdb).toEqual(hex("1b 01 00 00 02 00"));
  });
});

describe("PREVENT ALLOW MEDIUM REMOVAL", () => {
  it("locks and unlocks the tray", () => {
    expect(preventAllowMediumRemoval(true).cdb).toEqual(hex("1e 00 00 00 01 00"));
    expect(preventAllowMediumRemoval(false).cdb).toEqual(hex("1e 00 00 00 00 00"));
    expect(preventAllowMediumRemoval(true, { persistent: true }).cdb).toEqual(
      hex("1e 00 00 00 03 00"),
    );
  });
});
