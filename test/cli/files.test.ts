import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { fixture } from "../volume/fixture-disc.js";
import { pluggedIn, runCommand, type CommandResult } from "./run.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

function run(
  args: readonly string[],
  image = fixture("xorriso"),
  faults = "",
): Promise<CommandResult> {
  const virtual = new VirtualDrive({ disc: discFromBytes(image) });
  const open = () =>
    openWebUsb(new VirtualUsbDevice(virtual, { faults: FaultScript.parse(faults) }));
  return runCommand(args, { drives: [pluggedIn(virtual, "1-1", { open })] });
}

describe("usb-dvd ls", () => {
  it("lists a directory", async () => {
    const { stdout, exitCode } = await run(["ls", "/docs"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      "        3893  2026-01-02 03:04  numbered lines.txt\n" +
        "           -  2026-01-02 03:04  ünïcode/\n",
    );
  });

  it("lists all below, with where links lead", async () => {
    const { stdout } = await run(["ls", "-R"]);
    expect(stdout).toContain("  a/b/c/d/e/f/g/h/deep.txt\n");
    expect(stdout).toContain("  link -> docs/numbered lines.txt\n");
    expect(stdout).not.toContain("  /\n");
  });

  it("lists as JSON, of the file system that is asked for", async () => {
    const { stdout } = await run(["ls", "--json", "--fs", "joliet", "docs"]);
    expect(JSON.parse(stdout)).toMatchObject({
      format: "joliet",
      label: "FIXTURE",
      entries: [
        { path: "/docs/numbered lines.txt", kind: "file", bytes: 3893 },
        { path: "/docs/ünïcode", kind: "directory" },
      ],
    });
  });

  it.each([
    [["ls", "nothing"], 15, /There is no nothing in \//],
    [["ls", "README.TXT/x"], 15, /\/README.TXT is no directory/],
    [["ls", "--fs", "udf"], 15, /no file system of the format udf. It has: rock-ridge/],
    [["ls", "--fs", "ntfs"], 2, /Allowed choices are udf, rock-ridge/],
    [["cat", "docs"], 15, /docs is a directory, not a file/],
    [["cat"], 2, /missing required argument/],
  ])("and its sisters refuse %j", async (args, code, message) => {
    const { exitCode, stderr, stdout } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("says that there are no files", async () => {
    const { exitCode, stderr } = await run(["ls"], Buffer.alloc(400 * 2048));
    expect(exitCode).toBe(15);
    expect(stderr).toContain("no file system that is known here");
  });
});

describe("usb-dvd cat", () => {
  it("writes a file, and nothing else, to standard output", async () => {
    expect(await run(["cat", "README.TXT"])).toEqual({
      exitCode: 0,
      stdout: "A disc to test with.\n",
      stderr: "",
    });
  });
});

describe("usb-dvd copy", () => {
  it("copies a directory, and says what it leaves", async () => {
    const { exitCode, stderr } = await run(["copy", "/", folder]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Not copied, since they are links: /absolute, /link\n");
    expect(stderr).toMatch(/^5 files, /m);
    expect((await readdir(folder)).sort()).toEqual(["README.TXT", "a", "docs", "empty", "none"]);
    expect(await readFile(join(folder, "docs/ünïcode/日本.txt"), "utf8")).toBe("ü\n");
  });

  it("copies one file", async () => {
    await run(["copy", "docs/numbered lines.txt", folder]);
    expect(await readdir(folder)).toEqual(["numbered lines.txt"]);
  });

  it("goes on behind what cannot be read", async () => {
    const image = fixture("xorriso");
    const lba = image.indexOf("1\n2\n3\n") / 2048;
    const { exitCode, stderr } = await run(
      ["copy", "/", folder],
      image,
      `lba=${lba}: sense 03/11/00`,
    );
    expect(exitCode).toBe(14);
    expect(stderr).toMatch(/Left out \/docs\/numbered lines.txt: READ .*MEDIUM ERROR/);
    expect(await readFile(join(folder, "README.TXT"), "utf8")).toBe("A disc to test with.\n");
  });
});
