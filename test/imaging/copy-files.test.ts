import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { copyFiles, type CopyFilesOptions } from "../../src/imaging/copy-files.js";
import { safeName } from "../../src/imaging/safe-name.js";
import { VolumeError, type Volume } from "../../src/volume/index.js";
import { memoryVolume, type Node } from "../volume/memory-volume.js";
import { ScratchedDisc } from "./scratched-disc.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-copy-"));
});
afterEach(() => rm(folder, { recursive: true }));

const copy = (volume: Volume, target: string, options?: CopyFilesOptions) =>
  copyFiles(
    new ScratchedDisc({ bad: new Set([5]) }),
    volume,
    { path: [], entry: volume.root },
    target,
    options,
  );

async function tree(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true })).sort();
}

describe("copyFiles", () => {
  it("copies a tree with its times", async () => {
    const volume = memoryVolume([
      {
        name: "a",
        inside: [
          { name: "b.txt", text: "hello" },
          { name: "c", inside: [] },
        ],
      },
      { name: "empty" },
    ]);
    const target = join(folder, "new", "folder");
    const result = await copy(volume, target);
    expect(result).toEqual({ files: 2, directories: 2, bytes: 5, leftOut: [], links: [] });
    expect(await tree(target)).toEqual(["a", "a/b.txt", "a/c", "empty"]);
    expect(await readFile(join(target, "a/b.txt"), "utf8")).toBe("hello");
    expect((await stat(join(target, "a/b.txt"))).mtime).toEqual(new Date("2026-01-02T03:04:06Z"));
  });

  it("leads nowhere out of the folder, whatever the names", async () => {
    const names = ["../evil", "/etc/evil", "..", ".", "", "a\\b", "a\0b", "a\nb", "x".repeat(400)];
    const target = join(folder, "target");
    const nodes = names.flatMap((name): Node[] => [
      { name, text: "1" },
      { name, inside: [{ name: "../../evil", text: "2" }] },
    ]);
    const { files, leftOut } = await copy(memoryVolume(nodes), target);
    expect({ files, leftOut }).toEqual({ files: 2 * names.length, leftOut: [] });
    expect(await readdir(folder)).toEqual(["target"]);
    const found = await readdir(target);
    expect(found).toHaveLength(2 * names.length); // none in the place of another
    expect(found).toEqual(
      expect.arrayContaining([".._evil", "_etc_evil", "__", "_", "a_b", "a_b~2"]),
    );
  });

  it("goes through no link that is already there, nor one of the disc's", async () => {
    const outside = join(folder, "outside");
    const target = join(folder, "target");
    await copy(memoryVolume([]), outside);
    await copy(memoryVolume([]), target);
    await symlink(outside, join(target, "trap"));
    await writeFile(join(outside, "file"), "mine");
    await symlink(join(outside, "file"), join(target, "note.part"));
    const volume = memoryVolume([
      { name: "trap", inside: [{ name: "x", text: "evil" }] },
      { name: "note", text: "good" },
      { name: "link", kind: "link", target: "../outside" },
      { name: "link", inside: [{ name: "y", text: "1" }] },
    ]);
    const { leftOut, links } = await copy(volume, target, { overwrite: true });
    expect(leftOut).toMatchObject([{ path: "/trap", reason: { code: "OUTPUT_EXISTS" } }]);
    expect(links).toEqual(["/link"]);
    expect(await tree(outside)).toEqual(["file"]);
    expect(await readFile(join(outside, "file"), "utf8")).toBe("mine");
    expect(await readFile(join(target, "note"), "utf8")).toBe("good");
    expect(await readFile(join(target, "link~2/y"), "utf8")).toBe("1");
  });

  it("leaves files that exist, unless it may replace them", async () => {
    await writeFile(join(folder, "a"), "mine");
    const volume = memoryVolume([
      { name: "a", text: "new" },
      { name: "b", text: "2" },
    ]);
    expect(await copy(volume, folder)).toMatchObject({
      files: 1,
      leftOut: [{ path: "/a", reason: { code: "OUTPUT_EXISTS" } }],
    });
    expect(await readFile(join(folder, "a"), "utf8")).toBe("mine");
    await copy(volume, folder, { overwrite: true });
    expect(await readFile(join(folder, "a"), "utf8")).toBe("new");
  });

  it("goes on behind a file that cannot be read, and keeps what was read of it", async () => {
    const volume = memoryVolume([
      { name: "bad", content: () => Promise.resolve([{ kind: "blocks", lba: 0, bytes: 20_000 }]) },
      {
        name: "absurd",
        content: () => Promise.reject(new VolumeError("DAMAGED_FILE_SYSTEM", "8 EiB")),
      },
      { name: "good", text: "1" },
    ]);
    const disc = new ScratchedDisc({ bad: new Set([5]) }, 1);
    const result = await copyFiles(disc, volume, { path: [], entry: volume.root }, folder);
    expect(result).toMatchObject({
      files: 1,
      leftOut: [
        { path: "/bad", reason: { code: "SENSE" } },
        { path: "/absurd", reason: { code: "DAMAGED_FILE_SYSTEM" } },
      ],
    });
    expect(await tree(folder)).toEqual(["absurd.part", "bad.part", "good"]);
    expect((await stat(join(folder, "bad.part"))).size).toBe(5 * 2048);
  });

  it("ends where nothing can be written", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(copy(memoryVolume([]), join(folder, "file/below"))).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
    });
    await expect(copy(memoryVolume([]), join(folder, "file"))).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
    });
  });
});

describe("safeName", () => {
  it.each([
    ["README.TXT", "README.TXT", "README.TXT"],
    ["a:b?.txt", "a:b?.txt", "a_b_.txt"],
    ["trailing. ", "trailing. ", "trailing_"],
    ["CON", "CON", "_CON"],
    ["com1.txt", "com1.txt", "_com1.txt"],
    ["..", "__", "_"],
    ["\u009b31m", "_31m", "_31m"],
    ["日本語", "日本語", "日本語"],
  ])("makes of %j %j on Linux and %j on Windows", (name, linux, windows) => {
    expect(safeName(name, "linux")).toBe(linux);
    expect(safeName(name, "win32")).toBe(windows);
  });

  it("cuts names that are too long, and no character in two", () => {
    expect(safeName("日".repeat(100), "linux")).toBe("日".repeat(80));
  });
});
