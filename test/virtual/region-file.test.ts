import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RegionFileError } from "../../src/virtual/errors.js";
import { regionFile } from "../../src/virtual/region-file.js";
import { readyDrive, run, senseOf } from "./drive-host.js";

const setRegion2 = ["A3 00 00000000 00 00 0008 06 00", "0006 0000 FD 00 0000"] as const;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "region-file-"));
  path = join(folder, "region.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a region file", () => {
  it("begins as from the factory and lets the region outlive the drive", async () => {
    expect(run(readyDrive(regionFile(path)), ...setRegion2).status).toBe(0x00);
    const kept = { scheme: "rpc2", type: "set", vendorResets: 4, userChanges: 4, mask: 0xfd };
    expect(readyDrive(regionFile(path)).region).toEqual(kept);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(kept);
    expect(await readdir(folder)).toEqual(["region.json"]);
  });

  it("is not written by a refusal", async () => {
    run(readyDrive(regionFile(path)), setRegion2[0], "0006 0000 FF 00 0000");
    expect(await readdir(folder)).toEqual([]);
  });

  it("that cannot be written spends no change", async () => {
    const drive = readyDrive(regionFile(path));
    await rm(folder, { recursive: true });
    expect(senseOf(drive, ...setRegion2)).toBe("04/3e/01");
    expect(drive.region).toMatchObject({ type: "none", userChanges: 5 });
    expect(drive.lastFailure).toMatchObject({ cause: { code: "ENOENT" } });
  });

  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["no mask", '{"scheme":"rpc2","type":"set","vendorResets":4,"userChanges":4}'],
    ["a scheme", '{"scheme":"rpc3","type":"set","vendorResets":4,"userChanges":4,"mask":253}'],
    ["a type", '{"scheme":"rpc2","type":"free","vendorResets":4,"userChanges":4,"mask":253}'],
    ["8 resets", '{"scheme":"rpc2","type":"set","vendorResets":8,"userChanges":4,"mask":253}'],
    ["-1 changes", '{"scheme":"rpc2","type":"set","vendorResets":4,"userChanges":-1,"mask":253}'],
    ["half a mask", '{"scheme":"rpc2","type":"set","vendorResets":4,"userChanges":4,"mask":1.5}'],
  ])("that holds %s is refused by name", async (_, text) => {
    await writeFile(path, text);
    expect(() => regionFile(path)).toThrow(RegionFileError);
    expect(() => regionFile(path)).toThrow(path);
  });

  it("that cannot be read is the file system's error", () => {
    expect(() => regionFile(folder)).toThrow("EISDIR");
  });
});
