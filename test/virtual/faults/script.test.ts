import { describe, expect, it } from "vitest";

import { FaultScript } from "../../../src/virtual/faults/script.js";
import { hex } from "../../bytes.js";

const testUnitReady = hex("00 00 00 00 00 00");
const read = (lba: number, blocks: number) =>
  Uint8Array.of(0x28, 0, 0, 0, lba >> 8, lba & 0xff, 0, 0, blocks, 0);

/** On which of `count` commands, counted from 1, something goes wrong. */
function strikes(script: string, count: number, cdb = testUnitReady): number[] {
  const faults = FaultScript.parse(script);
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    () => faults.onCommand(cdb).length > 0,
  );
}

describe("FaultScript", () => {
  it.each([
    [":disc-change", [1, 2, 3, 4, 5, 6, 7]],
    ["nth=3:disc-change", [3]],
    ["every=3:disc-change", [3, 6]],
    ["times=2:disc-change", [1, 2]],
    ["every=2 times=2:disc-change", [2, 4]],
    ["op=00:disc-change", [1, 2, 3, 4, 5, 6, 7]],
    ["op=28:disc-change", []],
    ["lba=0-4294967295:disc-change", []],
    ["nth=2:disc-change\nnth=5:disc-change", [2, 5]],
  ])("strikes as %s says", (script, expected) => {
    expect(strikes(script, 7)).toEqual(expected);
  });

  it.each([
    [96, 4, false],
    [96, 5, true],
    [100, 1, true],
    [90, 200, true],
    [199, 1, true],
    [200, 8, false],
    [150, 0, false],
  ])("knows whether a read from block %i, %i long, touches a range", (lba, blocks, touches) => {
    expect(strikes("lba=100-199:disc-change", 1, read(lba, blocks))).toEqual(touches ? [1] : []);
  });

  it("knows the blocks of READ (12)", () => {
    const read12 = hex("A8 00 0001 0000 0001 0000 00 00");
    expect(strikes("lba=0x1ffff:disc-change", 1, read12)).toEqual([1]);
    expect(strikes("lba=0x20000:disc-change", 1, read12)).toEqual([]);
  });

  it("counts only what the other conditions leave", () => {
    const faults = FaultScript.parse("op=28 nth=2:disc-change");
    const struck = [testUnitReady, read(0, 1), testUnitReady, read(0, 1), read(0, 1)].map(
      (cdb) => faults.onCommand(cdb).length,
    );
    expect(struck).toEqual([0, 0, 0, 1, 0]);
  });

  it("keeps requests on the control pipe apart from commands", () => {
    const faults = FaultScript.parse("phase=reset nth=2:stall\nphase=clear-in:silence");
    expect(faults.onCommand(testUnitReady)).toEqual([]);
    expect(faults.onRequest("reset")).toEqual([]);
    expect(faults.onRequest("clear-out")).toEqual([]);
    expect(faults.onRequest("clear-in")).toEqual([{ kind: "silence" }]);
    expect(faults.onRequest("reset")).toEqual([{ kind: "stall" }]);
  });

  it("adds up the faults of one command, in the order of their rules", () => {
    const faults = FaultScript.parse("op=28:short 10\n:tag 5\nop=00:disc-change");
    expect(faults.onCommand(read(0, 1))).toMatchObject([
      { phase: "data", fault: { kind: "short", bytes: 10 } },
      { phase: "status", fault: { kind: "tag", value: 5 } },
    ]);
  });
});
