import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeyEngine, type KeyEngineOptions } from "../../src/keys/key-engine.js";
import type { RegionChange } from "../../src/keys/region-control.js";
import { sendRpcRegion } from "../../src/mmc/send-key.js";
import { SenseError } from "../../src/scsi/sense-error.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { hex } from "../bytes.js";
import { failureOf, ScriptedExecutor, type Answer } from "./scripted-executor.js";

const readRpc = "a4 00 00 00 00 00 00 00 00 08 08 00";
const readCopyright = "ad 00 00 00 00 00 00 01 00 08 00 00";
const setTo2 = "a3 00 00 00 00 00 00 00 00 08 06 00: 00 06 00 00 fd 00 00 00";

// Byte 4: type in bits 7:6, vendor resets in 5:3, user changes in 2:0.
const never5 = "00 06 00 00 25 ff 01 00";
const never2 = "00 06 00 00 22 ff 01 00";
const never1 = "00 06 00 00 21 ff 01 00";
const one4 = "00 06 00 00 64 fe 01 00";
const two3 = "00 06 00 00 63 fd 01 00";
const two4 = "00 06 00 00 64 fd 01 00";
const one3 = "00 06 00 00 63 fe 01 00";
const lastChance1 = "00 06 00 00 a1 fe 01 00";
const permanent = "00 06 00 00 e0 fe 01 00";
const exhausted = "00 06 00 00 60 fe 01 00";
const rpc1 = "00 06 00 00 00 00 00 00";
const oddScheme = "00 06 00 00 64 fe 02 00";

const cssRegions2And4 = "00 06 00 00 01 f5 00 00";

function engineWith(script: Answer[], options?: KeyEngineOptions) {
  const drive = new ScriptedExecutor(...script);
  const engine = new KeyEngine(drive, options);
  const changes: string[] = [];
  engine.on("regionChanged", ({ before, after, cause }: RegionChange) => {
    changes.push(`${before.regions.join()} to ${after.regions.join()} by ${cause}`);
  });
  return { drive, engine, changes };
}

function sendKeys(drive: ScriptedExecutor): string[] {
  return drive.sent.filter((sent) => sent.startsWith("a3"));
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("readRegion", () => {
  it.each([
    [never5, { state: "none", regions: [], vendorResets: 4, userChanges: 5 }],
    [one4, { state: "set", regions: [1], vendorResets: 4, userChanges: 4 }],
    [lastChance1, { state: "lastChance", regions: [1], userChanges: 1 }],
    [permanent, { state: "permanent", regions: [1], userChanges: 0 }],
  ])("reads %s", async (answer, expected) => {
    const { drive, engine } = engineWith([answer]);
    expect(await engine.readRegion()).toMatchObject({
      ...expected,
      scheme: { code: 1, name: "RPC-II" },
    });
    expect(drive.sent).toEqual([readRpc]);
  });

  it("announces what others have changed", async () => {
    const { engine, changes } = engineWith([one4, one3, two3]);
    for (let reads = 0; reads < 3; reads++) await engine.readRegion();
    expect(changes).toEqual(["1 to 2 by outside"]);
  });
});

describe("setRegion", () => {
  it("sends one SEND KEY, and returns what the drive then reports", async () => {
    const { drive, engine, changes } = engineWith([one4, "ok", two3]);
    expect(await engine.setRegion(2, { confirm: 4 })).toMatchObject({
      regions: [2],
      userChanges: 3,
    });
    expect(drive.sent).toEqual([readRpc, setTo2, readRpc]);
    expect(changes).toEqual(["1 to 2 by user"]);
  });

  it.each<[string, number, number, string, string]>([
    ["no region at all", 0, 4, one4, "REGION_INVALID"],
    ["region 9", 9, 4, one4, "REGION_INVALID"],
    ["region 1.5", 1.5, 4, one4, "REGION_INVALID"],
    ["a drive without regions", 2, 0, rpc1, "REGION_NOT_RPC2"],
    ["a scheme that is not known", 2, 4, oddScheme, "REGION_NOT_RPC2"],
    ["a permanent region", 2, 0, permanent, "REGION_PERMANENT"],
    ["no change left", 2, 0, exhausted, "REGION_CHANGES_EXHAUSTED"],
    ["too few confirmed", 2, 3, one4, "REGION_NOT_CONFIRMED"],
    ["too many confirmed", 2, 5, one4, "REGION_NOT_CONFIRMED"],
    ["NaN confirmed", 2, NaN, one4, "REGION_NOT_CONFIRMED"],
  ])("refuses %s", async (_what, region, confirm, answer, code) => {
    const { drive, engine } = engineWith([answer]);
    expect(await failureOf(engine.setRegion(region, { confirm }))).toMatchObject({ code });
    expect(sendKeys(drive)).toEqual([]);
  });

  it.each([one4, permanent])(
    "does nothing where the drive is there already (%s)",
    async (answer) => {
      const { drive, engine } = engineWith([answer]);
      expect(await engine.setRegion(1, { confirm: 7 })).toMatchObject({ regions: [1] });
      expect(drive.sent).toEqual([readRpc]);
    },
  );

  it("waits half a second at a time for a mask that lags, and tolerates a unit attention", async () => {
    const { drive, engine, changes } = engineWith([one4, "ok", "06/28/00", one4, one4, two3]);
    const setting = engine.setRegion(2, { confirm: 4 });
    await vi.advanceTimersByTimeAsync(1_499);
    expect(drive.sent).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(1);
    expect(await setting).toMatchObject({ regions: [2] });
    expect(drive.sent).toEqual([readRpc, setTo2, readRpc, readRpc, readRpc, readRpc]);
    expect(changes).toEqual(["1 to 2 by user"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not tolerate a second unit attention", async () => {
    const { engine } = engineWith([one4, "ok", "06/28/00", "06/28/00"]);
    const failure = failureOf(engine.setRegion(2, { confirm: 4 }));
    await vi.runAllTimersAsync();
    expect(await failure).toMatchObject({ code: "REGION_UNSETTLED", cause: { senseKey: 6 } });
  });

  it("does not take another command's failure for a refusal of this one", async () => {
    const deferred = decodeSense(hex("71 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 00 00 00"));
    const error = new SenseError(sendRpcRegion(0xfd), deferred);
    const { drive, engine } = engineWith([one4, error, two3]);
    expect(await engine.setRegion(2, { confirm: 4 })).toMatchObject({ regions: [2] });
    expect(sendKeys(drive)).toHaveLength(1);
  });

  it("is not held to account for what others change to the same region later", async () => {
    const { engine, changes } = engineWith([one4, "ok", two3, one3, two3]);
    await engine.setRegion(2, { confirm: 4 });
    await engine.readRegion();
    await engine.readRegion();
    expect(changes).toEqual(["1 to 2 by user", "2 to 1 by outside", "1 to 2 by outside"]);
  });

  it("waits for a count that lags behind the mask", async () => {
    const { engine } = engineWith([one4, "ok", two4, two3]);
    const setting = engine.setRegion(2, { confirm: 4 });
    await vi.runAllTimersAsync();
    expect(await setting).toMatchObject({ userChanges: 3 });
  });

  it("accepts a drive that does not count", async () => {
    const { engine } = engineWith([one4, "ok", ...Array<string>(7).fill(two4)]);
    const setting = engine.setRegion(2, { confirm: 4 });
    await vi.runAllTimersAsync();
    expect(await setting).toMatchObject({ regions: [2], userChanges: 4 });
  });

  it("gives up after six more looks, and never sends a second one on the same count", async () => {
    const { drive, engine, changes } = engineWith([one4, "ok", ...Array<string>(7).fill(one4)]);
    const failure = failureOf(engine.setRegion(2, { confirm: 4 }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await failure).toMatchObject({ code: "REGION_UNSETTLED" });
    expect(drive.isFinished).toBe(true);

    drive.script(one4);
    expect(await failureOf(engine.setRegion(2, { confirm: 4 }))).toMatchObject({
      code: "REGION_UNSETTLED",
    });
    expect(sendKeys(drive)).toHaveLength(1);

    // What comes late is still the user's change.
    drive.script(two3);
    await engine.readRegion();
    expect(changes).toEqual(["1 to 2 by user"]);
  });

  it("remembers that one was sent also over a reset, which does not end the lag", async () => {
    const { drive, engine } = engineWith([one4, "ok"]);
    drive.script(
      () => {
        engine.noteUnitAttention({ asc: 0x29 });
        return one4;
      },
      ...Array<string>(6).fill(one4),
    );
    const failure = failureOf(engine.setRegion(2, { confirm: 4 }));
    await vi.runAllTimersAsync();
    await failure;
    drive.script(one4);
    await failureOf(engine.setRegion(2, { confirm: 4 }));
    expect(sendKeys(drive)).toHaveLength(1);
  });

  it("re-reads after a time-out, and repeats nothing", async () => {
    const timeout = new UsbTimeoutError("SEND KEY", 60_000);
    const { drive, engine } = engineWith([one4, timeout, two3]);
    expect(await engine.setRegion(2, { confirm: 4 })).toMatchObject({ regions: [2] });
    expect(drive.sent).toEqual([readRpc, setTo2, readRpc]);
  });

  it("tells what is known after a time-out that changed nothing", async () => {
    const timeout = new UsbTimeoutError("SEND KEY", 60_000);
    const { drive, engine } = engineWith([one4, timeout, ...Array<string>(7).fill(one4)]);
    const failure = failureOf(engine.setRegion(2, { confirm: 4 }));
    await vi.runAllTimersAsync();
    const error = await failure;
    expect(error).toMatchObject({ code: "REGION_UNSETTLED", cause: timeout });
    expect((error as Error).message).toContain("still is region 1, 4 changes left");
    expect(sendKeys(drive)).toHaveLength(1);
  });

  it("tells what is known where the drive was unplugged", async () => {
    const gone = new UsbDisconnectedError("SEND KEY");
    const { engine } = engineWith([one4, gone, gone]);
    const error = await failureOf(engine.setRegion(2, { confirm: 4 }));
    expect(error).toMatchObject({ code: "REGION_UNSETTLED", cause: gone });
    expect((error as Error).message).toContain("a change may be spent");
  });

  it.each([
    ["05/6f/04", "REGION_REFUSED"],
    ["02/3a/00", "REGION_REFUSED"],
    ["05/6f/05", "REGION_CHANGES_EXHAUSTED"],
  ])("says that the drive refuses (%s), and may be tried again", async (sense, code) => {
    const { drive, engine } = engineWith([one4, sense]);
    expect(await failureOf(engine.setRegion(2, { confirm: 4 }))).toMatchObject({
      code,
      cause: { name: "SenseError" },
    });
    drive.script(one4, "ok", two3);
    expect(await engine.setRegion(2, { confirm: 4 })).toMatchObject({ regions: [2] });
  });

  it("sends nothing where the engine is closed before its turn has come", async () => {
    const { drive, engine } = engineWith([one4]);
    const failure = failureOf(engine.setRegion(2, { confirm: 4 }));
    await engine.close();
    expect(await failure).toMatchObject({ code: "ENGINE_CLOSED" });
    expect(sendKeys(drive)).toEqual([]);
  });

  it("spends no more than one change on one confirmation", async () => {
    const { drive, engine } = engineWith([one4, "ok", one4, two3, two3]);
    const results = Promise.allSettled([
      engine.setRegion(2, { confirm: 4 }),
      engine.setRegion(3, { confirm: 4 }),
    ]);
    await vi.runAllTimersAsync();
    expect(await results).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "REGION_NOT_CONFIRMED" } },
    ]);
    expect(sendKeys(drive)).toEqual([setTo2]);
  });
});

describe("mediumRegions", () => {
  it.each([
    [cssRegions2And4, [2, 4]],
    ["00 06 00 00 00 00 00 00", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["02/3a/01", undefined],
    ["05/30/02", undefined],
    ["05/24/00", undefined],
  ])("reads %s", async (answer, regions) => {
    const { drive, engine } = engineWith([answer]);
    expect(await engine.mediumRegions()).toEqual(regions);
    expect(drive.sent).toEqual([readCopyright]);
  });
});

describe("the automatic setting", () => {
  it("takes the lowest region of the disc for a drive that never had one", async () => {
    const { drive, engine, changes } = engineWith([never5, cssRegions2And4, "ok", two4]);
    await engine.ensureInitialRegion();
    expect(drive.sent).toEqual([readRpc, readCopyright, setTo2, readRpc]);
    expect(changes).toEqual([" to 2 by medium"]);
  });

  it("leaves one change to the user", async () => {
    const { drive, engine } = engineWith([never2, cssRegions2And4, "ok", two4, never1]);
    await engine.ensureInitialRegion();
    expect(sendKeys(drive)).toHaveLength(1);
    await engine.ensureInitialRegion();
    expect(sendKeys(drive)).toHaveLength(1);
  });

  it.each([
    ["a drive with a region", [one4]],
    ["a drive without regions", [rpc1]],
    ["no disc", [never5, "02/3a/00"]],
    ["a disc without regions", [never5, "05/24/00"]],
    ["a disc that is not protected", [never5, "00 06 00 00 00 f5 00 00"]],
    ["a disc of another protection", [never5, "00 06 00 00 02 f5 00 00"]],
    ["a disc that plays everywhere", [never5, "00 06 00 00 01 00 00 00"]],
    ["a disc that plays nowhere", [never5, "00 06 00 00 01 ff 00 00"]],
  ])("does nothing with %s", async (_what, script) => {
    const { drive, engine } = engineWith(script);
    await engine.ensureInitialRegion();
    expect(sendKeys(drive)).toEqual([]);
    expect(drive.isFinished).toBe(true);
  });

  it("happens on reading the region only where it was asked for", async () => {
    const left = engineWith([never5]);
    await left.engine.readRegion();
    expect(left.drive.sent).toEqual([readRpc]);

    const asked = engineWith([never5, cssRegions2And4, "ok", two4, two4], {
      initialRegion: "from-medium",
    });
    expect(await asked.engine.readRegion()).toMatchObject({ regions: [2] });
  });

  it("does not keep the region from being read where it fails, and tells", async () => {
    const { engine } = engineWith([never5, cssRegions2And4, "05/6f/04", never5], {
      initialRegion: "from-medium",
    });
    const failures: unknown[] = [];
    engine.on("initialRegionFailed", (error) => failures.push(error));
    expect(await engine.readRegion()).toMatchObject({ state: "none" });
    expect(failures).toMatchObject([{ code: "REGION_REFUSED" }]);
  });
});
