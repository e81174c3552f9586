import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualDrive } from "../../src/virtual/drive.js";
import { isoFileDisc } from "../../src/virtual/iso-file.js";
import { hex } from "../bytes.js";
import { readyDrive } from "./drive-host.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iso-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(content: Uint8Array): Promise<string> {
  const path = join(folder, "disc.iso");
  await writeFile(path, content);
  return path;
}

const readOf = (drive: VirtualDrive, cdb: string) => Promise.resolve(drive.execute(hex(cdb)));

function hasGenisoimage(): boolean {
  try {
    execFileSync("genisoimage", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a disc in a file", () => {
  it.each([
    [0, "empty"],
    [2047, "not-whole-blocks"],
  ])("of %i bytes is refused as %s", async (size, code) => {
    const path = await file(new Uint8Array(size));
    await expect(isoFileDisc(path)).rejects.toMatchObject({ name: "DiscError", code });
  });

  it("that is not there rejects with the system's own error", async () => {
    await expect(isoFileDisc(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("reads through the drive, and is a medium error once it is closed", async () => {
    const disc = await isoFileDisc(await file(new Uint8Array(4 * 2048).fill(9, 2048, 4096)));
    const drive = readyDrive({ disc });
    const reply = await readOf(drive, "28 00 00 00 00 01 00 00 01 00");
    expect(reply.dataIn).toEqual(new Uint8Array(2048).fill(9));
    await disc.close();
    await disc.close();
    const failed = await readOf(drive, "28 00 00 00 00 02 00 00 01 00");
    expect(failed).toMatchObject({ status: 2, sense: { key: 3, asc: 0x11, information: 2 } });
    expect(drive.lastReadError).toBeInstanceOf(Error);
  });

  it("that was cut while in use fails at the first block that is missing", async () => {
    const path = await file(new Uint8Array(4 * 2048));
    await using disc = await isoFileDisc(path);
    await writeFile(path, new Uint8Array(2048 + 100));
    const drive = readyDrive({ disc });
    const reply = await readOf(drive, "28 00 00 00 00 00 00 00 04 00");
    expect(reply).toMatchObject({ status: 2, sense: { key: 3, asc: 0x11, information: 1 } });
  });

  it.runIf(hasGenisoimage())(
    "gives back an ISO 9660 image byte for byte",
    async () => {
      const path = join(folder, "made.iso");
      await writeFile(join(folder, "HELLO.TXT"), "hello\n");
      execFileSync("genisoimage", ["-quiet", "-o", path, join(folder, "HELLO.TXT")]);
      const image = new Uint8Array(await readFile(path));
      await using disc = await isoFileDisc(path);
      const drive = readyDrive({ disc });
      const count = (image.length / 2048).toString(16).padStart(4, "0");
      const reply = await readOf(drive, `28 00 00 00 00 00 00 ${count} 00`);
      expect(reply.dataIn).toEqual(image);
      expect(String.fromCharCode(...image.subarray(0x8001, 0x8006))).toBe("CD001");
    },
    30_000,
  );
});
