import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImage } from "../../src/imaging/image-file.js";

const blocks = [1, 2, 3].map((fill) => new Uint8Array(2048).fill(fill));

async function* chunks(failure?: Error): AsyncGenerator<Uint8Array> {
  for (const block of blocks) yield await Promise.resolve(block);
  if (failure) throw failure;
}

describe("writeImage", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "usb-dvd-"));
    path = join(folder, "disc.iso");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("writes every byte, hashes them and tells how far it is", async () => {
    const progress: number[] = [];
    const result = await writeImage(chunks(), 6144, path, {
      onProgress: (written) => progress.push(written),
    });
    const image = Buffer.concat(blocks);
    expect(await readFile(path)).toEqual(image);
    expect(result).toEqual({
      bytes: 6144,
      sha256: createHash("sha256").update(image).digest("hex"),
    });
    expect(progress).toEqual([2048, 4096, 6144]);
    expect(await readdir(folder)).toEqual(["disc.iso"]);
  });

  it("refuses a file that exists, and leaves it alone", async () => {
    await writeFile(path, "mine");
    await expect(writeImage(chunks(), 6144, path)).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      path,
    });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("replaces it where told to, and only by a whole image", async () => {
    await writeFile(path, "mine");
    const failure = new Error("unplugged");
    const failing = writeImage(chunks(failure), 6144, path, { overwrite: true });
    await expect(failing).rejects.toBe(failure);
    expect(await readFile(path, "utf8")).toBe("mine");
    await writeImage(chunks(), 6144, path, { overwrite: true });
    expect((await readFile(path)).length).toBe(6144);
  });

  it("leaves nothing behind when the chunks fail", async () => {
    const failure = new Error("unplugged");
    await expect(writeImage(chunks(failure), 6144, path)).rejects.toBe(failure);
    expect(await readdir(folder)).toEqual([]);
  });

  it("does not take a short image for a whole one", async () => {
    await expect(writeImage(chunks(), 8192, path)).rejects.toMatchObject({
      code: "IMAGE_INCOMPLETE",
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("says that a folder cannot be written to", async () => {
    await expect(writeImage(chunks(), 6144, join(folder, "no", "disc.iso"))).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
    });
  });

  it("says that a disk is full", async () => {
    // Linux's own full device stands in for a full disk.
    await symlink("/dev/full", `${path}.part`);
    await expect(writeImage(chunks(), 6144, path)).rejects.toMatchObject({ code: "OUTPUT_FULL" });
    expect(await readdir(folder)).toEqual([]);
  });
});
