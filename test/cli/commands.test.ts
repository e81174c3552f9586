import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { whyLasting } from "../../src/cli/lasting-commands.js";
import { wrapped } from "../../src/cli/format.js";
import { discFromBytes, VirtualDrive } from "../../src/virtual/index.js";
import { hex } from "../bytes.js";
import { pluggedIn, runCommand } from "./run.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-commands-"));
});
afterEach(() => rm(folder, { recursive: true }));

const withDisc = (): VirtualDrive =>
  new VirtualDrive({ disc: discFromBytes(new Uint8Array(100 * 2048)) });

const run = (args: readonly string[], drive = withDisc()) =>
  runCommand(args, { drives: [pluggedIn(drive, "1-1")] });

describe("usb-dvd raw", () => {
  it("shows what comes back", async () => {
    const { stdout, exitCode } = await run(["raw", "12 00 00 00 24 00", "--in", "36"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      "00000000  05 80 06 02 1f 00 00 00 55 53 42 2d 44 56 44 20  ........USB-DVD \n" +
        "00000010  56 69 72 74 75 61 6c 20 44 56 44 2d 52 4f 4d 20  Virtual DVD-ROM \n" +
        "00000020  31 2e 30 30                                      1.00\n",
    );
  });

  it.each([
    [["25,0,0,0,0,0,0,0,0,0"], 8],
    [["0x25", "0x00", "00", "0", "0", "0", "0", "0", "0", "0"], 8],
    [["25000000000000000000"], 8],
  ])("takes bytes as %j", async (words, length) => {
    const { stdout } = await run(["raw", ...words, "--in", String(length)]);
    expect(stdout).toMatch(/^00000000 {2}00 00 00 63 00 00 08 00/);
  });

  it("says how much less has come", async () => {
    const { stderr } = await run(["raw", "12 00 00 00 ff 00", "--in", "255"]);
    expect(stderr).toBe("36 of 255 bytes came.\n");
  });

  it("says what the drive does not like", async () => {
    const { exitCode, stderr } = await run(["raw", "be 00 00 00 00 00 00 00 00 00 00 00"]);
    expect(exitCode).toBe(11);
    expect(stderr).toContain("ILLEGAL REQUEST");
  });

  it.each([
    [["zz"], /is no command block/],
    [["12 00 00"], /INQUIRY has 6 bytes, and these are 3/],
    [[`7f${"00".repeat(16)}`], /these are 17/],
    [["12 00 00 00 24 00", "--in", "0"], /number of bytes/],
    [["12 00 00 00 24 00", "--in", "1", "--out", "x"], /one way at most/],
    [["12 00 00 00 24 00", "--inn", "1"], /Did you mean --in/],
  ])("refuses %j", async (args, message) => {
    const { exitCode, stderr } = await run(["raw", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("sends nothing that lasts, unless it is told to", async () => {
    const drive = withDisc();
    const path = join(folder, "region");
    await writeFile(path, hex("00 06 00 00 fd 00 00 00"));
    const args = ["raw", "a3 00 00 00 00 00 00 00 00 08 06 00", "--out", path];
    const refused = await run(args, drive);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/not sent: SEND KEY may set the drive's region.*--i-know/);
    expect(drive.region).toMatchObject({ type: "none", userChanges: 5 });
    expect(await run([...args, "--i-know"], drive)).toMatchObject({ exitCode: 0 });
    expect(drive.region).toMatchObject({ type: "set", userChanges: 4 });
  });

  it.each([
    ["04 00 00 00 00 00", true], // FORMAT UNIT
    ["3b 00 00 00 00 00 00 00 00 00", true], // WRITE BUFFER
    ["a1 00 00 00 00 00 00 00 00 00 00 00", true], // BLANK
    ["2a 00 00 00 00 00 00 00 00 00", true], // WRITE (10)
    ["a3 00 00 00 00 00 00 00 00 08 06 00", true], // SEND KEY, region
    ["a3 00 00 00 00 00 00 bd 00 08 01 00", true], // of another key class
    ["c0 00 00 00 00 00", true], // the vendor's
    ["a3 00 00 00 00 00 00 00 00 10 01 40", false], // SEND KEY, challenge
    ["a3 00 00 00 00 00 00 00 00 00 3f 40", false], // invalidate
    ["12 00 00 00 24 00", false],
    ["28 00 00 00 00 00 00 00 01 00", false],
  ])("takes %s to last: %s", (cdb, lasts) => {
    expect(whyLasting(hex(cdb)) !== undefined).toBe(lasts);
  });
});

describe("usb-dvd sense", () => {
  it.each([
    [["03/11/05"], "MEDIUM ERROR: L-EC uncorrectable error (03/11/05)\n"],
    [["5", "6f", "4"], "ILLEGAL REQUEST: "],
    [
      ["f0 00 03 00 00 00 10 0a 00 00 00 00 11 05 00 00 00 00"],
      "MEDIUM ERROR: L-EC uncorrectable error (03/11/05)\nInformation: 16\n",
    ],
  ])("explains %j", async (words, text) => {
    const { stdout, exitCode } = await run(["sense", ...words]);
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(text)).toBe(true);
  });

  it.each([
    [["xyz"], /is no sense data/],
    [["10/00/00"], /no sense key/],
    [["01 02 03 04"], /Give three codes/],
  ])("refuses %j", async (words, message) => {
    const { stderr, exitCode } = await run(["sense", ...words]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("usb-dvd features, structures, toc and speed", () => {
  it.each([
    [["features"], /^Current profile: DVD-ROM\n[^]*^0106 {8}0 {2}- {7}DVD CSS: version 1$/m],
    [
      ["structures"],
      /^00h {4}2052 bytes {2}readable {2}physical format$[^]*^ {2}bookType: DVD-ROM$/m,
    ],
    [["toc"], /^Sessions: 1 to 1\n.*\n1 {15}0 {2}data\nlead-out {6}100\n$/],
    [["speed"], /^22.2 MB\/s {2}16.0x\n$/],
    [["speed", "4x"], /^5.5 MB\/s {2}4.0x\n$/],
  ])("%j", async (args, expected) => {
    const { stdout, exitCode } = await run(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it.each(["features", "structures", "toc"])("%s gives JSON, too", async (name) => {
    const { stdout } = await run([name, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({});
  });
});

describe("usb-dvd lock and unlock", () => {
  it("last beyond the command", async () => {
    const drive = withDisc();
    await run(["lock"], drive);
    expect(drive.trayLocked).toBe(true);
    await run(["unlock"], drive);
    expect(drive.trayLocked).toBe(false);
  });
});

describe("what every command takes", () => {
  it("--trace - prints each command, and a file gets a capture", async () => {
    const { stderr } = await run(["info", "--trace", "-"]);
    expect(stderr).toMatch(/INQUIRY {2,}12 00 00 00 24 00 {2}36 of 36 bytes {2}ok/);
    const path = join(folder, "trace.pcapng");
    await run(["info", "--trace", path, "--verbose"]);
    expect((await readFile(path)).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });

  it("refuses a trace that cannot be written, before anything is sent", async () => {
    const { exitCode, stderr, stdout } = await run(["info", "--trace", join(folder, "no/trace")]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 10, stdout: "" });
    expect(stderr).toContain("cannot be written");
  });

  it("tells of a trace that could not be written to its end", async () => {
    const { exitCode, stderr } = await run(["info", "--trace", "/dev/full"]);
    expect(exitCode).toBe(10);
    expect(stderr).toContain("no room left for /dev/full");
  });

  it("--quiet leaves the results", async () => {
    const { stderr, stdout } = await run(["read", join(folder, "x.iso"), "--quiet"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}/);
  });

  it("unknown commands are told with what they may mean", async () => {
    const { exitCode, stderr } = await run(["ejct"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Did you mean eject?");
  });
});

describe("a text in lines", () => {
  it("is broken between words", () => {
    expect(wrapped("one two three four five six seven", 20)).toEqual([
      "one two three four",
      "five six seven",
    ]);
    expect(wrapped("", 20)).toEqual([""]);
    expect(wrapped("x".repeat(30), 20)).toEqual(["x".repeat(30)]);
  });
});
