import { describe, expect, it } from "vitest";
import type { RegionState } from "../../../src/virtual/region.js";
import { hex } from "../../bytes.js";
import { dataOf, numberedDisc, readyDrive, run, senseOf } from "../drive-host.js";

const report = (agidAndFormat: string) => `A4 00 00 00 00 00 00 00 00 20 ${agidAndFormat} 00`;
const agid = report("00");
const rpcState = report("08");
const setRegion = "A3 00 00 00 00 00 00 00 00 08 06 00";
const region = (mask: string) => `0006 0000 ${mask} 00 0000`;
const cssDisc = (regionMask: number) =>
  numberedDisc(1, { copyright: { protection: "css", regionMask } });

describe("an AGID", () => {
  it("is granted four times, and again once one is given back", () => {
    const drive = readyDrive({ disc: cssDisc(0x00) });
    expect(dataOf(drive, agid)).toEqual(hex("0006 0000 00 00 00 00"));
    const grants = Array.from({ length: 3 }, () => dataOf(drive, agid)[7]);
    expect(grants).toEqual([0x40, 0x80, 0xc0]);
    expect(senseOf(drive, agid)).toBe("05/55/00");
    run(drive, report("BF"));
    expect(dataOf(drive, agid)[7]).toBe(0x80);
    run(drive, "A3 00 00 00 00 00 00 00 00 00 7F 00");
    expect(dataOf(drive, agid)[7]).toBe(0x40);
  });

  it("ends with its medium and with a reset", () => {
    const drive = readyDrive({ disc: cssDisc(0x00) });
    dataOf(drive, agid);
    drive.insert(cssDisc(0x00));
    run(drive, "00 00 00 00 00 00");
    expect(dataOf(drive, agid)[7]).toBe(0x00);
    drive.reset();
    run(drive, "00 00 00 00 00 00");
    expect(dataOf(drive, agid)[7]).toBe(0x00);
  });

  it("needs a DVD, and no error comes of giving back what was not granted", () => {
    expect(senseOf(readyDrive(), agid)).toBe("02/3a/01");
    const cd = readyDrive({ disc: numberedDisc(1, { media: "cd-rom" }) });
    expect(senseOf(cd, agid)).toBe("05/30/02");
    expect(senseOf(cd, report("3F"))).toBe("good");
  });
});

describe("a session that is not authenticated", () => {
  const drive = readyDrive({ disc: cssDisc(0x00) });

  it("has its ASF clear", () => {
    expect(dataOf(drive, report("05"))).toEqual(hex("0006 0000 00 00 00 00"));
  });

  it("refuses other key classes and formats", () => {
    expect(senseOf(drive, "A4 00 00 00 00 00 00 02 00 08 00 00")).toBe("05/24/00");
    expect(senseOf(drive, report("11"))).toBe("05/24/00");
    expect(senseOf(drive, "A3 00 00 00 00 00 00 02 00 00 3F 00")).toBe("05/24/00");
    expect(senseOf(drive, "A3 00 00 00 00 00 00 00 00 00 02 00")).toBe("05/24/00");
  });
});

describe("the RPC state", () => {
  it.each<[string, Partial<RegionState>, string]>([
    ["as from the factory", {}, "25 FF 01"],
    ["set to region 1", { type: "set", userChanges: 4, mask: 0xfe }, "64 FE 01"],
    ["at the last chance", { type: "lastChance", vendorResets: 0, userChanges: 1 }, "81 FF 01"],
    ["permanent", { type: "permanent", userChanges: 0, mask: 0xfd }, "E0 FD 01"],
    ["of an RPC-I drive", { scheme: "rpc1" }, "00 00 00"],
  ])("is reported %s, with or without a disc", (_, state, bytes) => {
    expect(dataOf(readyDrive({ region: state }), rpcState)).toEqual(hex(`0006 0000 ${bytes} 00`));
  });

  it("takes any region first, without a disc", () => {
    const drive = readyDrive();
    expect(drive.parameterLength(hex(setRegion))).toBe(8);
    expect(senseOf(drive, setRegion, region("FD"))).toBe("good");
    expect(dataOf(drive, rpcState)).toEqual(hex("0006 0000 64 FD 01 00"));
  });

  it("changes only with a disc of the new region, and spends nothing on a refusal", () => {
    const drive = readyDrive({ region: { type: "set", userChanges: 3, mask: 0xfd } });
    expect(senseOf(drive, setRegion, region("FE"))).toBe("05/6f/04");
    drive.insert(cssDisc(0xfd));
    run(drive, "00 00 00 00 00 00");
    expect(senseOf(drive, setRegion, region("FE"))).toBe("05/6f/04");
    expect(drive.region.userChanges).toBe(3);
    drive.insert(cssDisc(0xfe));
    run(drive, "00 00 00 00 00 00");
    expect(senseOf(drive, setRegion, region("FE"))).toBe("good");
    expect(drive.region).toMatchObject({ type: "set", userChanges: 2, mask: 0xfe });
  });

  it("goes by its last chance to permanence", () => {
    const drive = readyDrive({
      disc: cssDisc(0x00),
      region: { type: "set", userChanges: 2, mask: 0xfe },
    });
    run(drive, setRegion, region("FD"));
    expect(drive.region.type).toBe("lastChance");
    run(drive, setRegion, region("FB"));
    expect(drive.region).toMatchObject({ type: "permanent", userChanges: 0, mask: 0xfb });
    expect(senseOf(drive, setRegion, region("F7"))).toBe("05/6f/05");
  });

  it.each(["FF", "00", "FC"])("refuses mask %s, which is not one region", (mask) => {
    expect(senseOf(readyDrive(), setRegion, region(mask))).toBe("05/26/00");
  });

  it("keeps its mask for as many reports as a lagging drive was told", () => {
    const drive = readyDrive({ oddities: { laggingRegion: 2 } });
    expect(dataOf(drive, rpcState)).toEqual(hex("0006 0000 25 FF 01 00"));
    run(drive, setRegion, region("FD"));
    expect(drive.region.mask).toBe(0xfd);
    const reports = Array.from({ length: 3 }, () => dataOf(drive, rpcState));
    expect(reports).toEqual([
      hex("0006 0000 64 FF 01 00"),
      hex("0006 0000 64 FF 01 00"),
      hex("0006 0000 64 FD 01 00"),
    ]);
  });

  it("is followed by one unit attention on a drive of that kind, when it was set", () => {
    const drive = readyDrive({ oddities: { unitAttentionAfterSendKey: true } });
    expect(senseOf(drive, setRegion, region("FF"))).toBe("05/26/00");
    expect(senseOf(drive, rpcState)).toBe("good");
    run(drive, setRegion, region("FD"));
    expect([senseOf(drive, rpcState), senseOf(drive, rpcState)]).toEqual(["06/2a/00", "good"]);
  });

  it("is kept by a hook, and stays as it was when the hook fails", () => {
    const kept: RegionState[] = [];
    const full = new Error("disk full");
    const drive = readyDrive({
      onRegionChange: (state) => {
        if (kept.push(state) > 1) throw full;
      },
    });
    run(drive, setRegion, region("FF"));
    expect(kept).toEqual([]);
    run(drive, setRegion, region("FD"));
    expect(kept).toEqual([drive.region]);
    expect(drive.region).toMatchObject({ type: "set", userChanges: 4, mask: 0xfd });
    drive.insert(cssDisc(0xfe));
    run(drive, "00 00 00 00 00 00");
    expect(senseOf(drive, setRegion, region("FE"))).toBe("04/3e/01");
    expect(drive.lastFailure).toMatchObject({ cause: full });
    expect(drive.region).toMatchObject({ userChanges: 4, mask: 0xfd });
  });

  it("refuses a list of another length or with another length in it, and any region of an RPC-I drive", () => {
    expect(senseOf(readyDrive(), setRegion, "0006 0000")).toBe("05/1a/00");
    expect(senseOf(readyDrive(), setRegion, "0600 0000 FE 00 0000")).toBe("05/26/00");
    const rpc1 = readyDrive({ region: { scheme: "rpc1" } });
    expect(senseOf(rpc1, setRegion, region("FE"))).toBe("05/24/00");
  });
});
