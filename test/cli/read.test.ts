import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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

const image = fixture("genisoimage");
const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-read-"));
  out = join(folder, "out.iso");
});
afterEach(() => rm(folder, { recursive: true }));

function read(args: readonly string[], faults = ""): Promise<CommandResult> {
  const virtual = new VirtualDrive({ disc: discFromBytes(image) });
  const open = () =>
    openWebUsb(new VirtualUsbDevice(virtual, { faults: FaultScript.parse(faults) }));
  return runCommand(["read", ...args], { drives: [pluggedIn(virtual, "1-1", { open })] });
}

describe("usb-dvd read", () => {
  it("leaves the facts beside the image, unless they are not wanted", async () => {
    expect(await read([out, "--hash", "sha256", "crc32"])).toMatchObject({ exitCode: 0 });
    const facts = JSON.parse(await readFile(`${out}.json`, "utf8")) as object;
    expect(facts).toMatchObject({
      creator: "usb-dvd 9.9.9",
      runtime: { node: process.version },
      drive: { vendor: "USB-DVD", usb: { vendorId: 0x1209 } },
      disc: { name: "DVD-ROM", blocks: 480, physical: { layers: 1 }, copyright: {} },
      image: { bytes: image.length, missingBytes: 0, hashes: { sha256: sha256(image) } },
      map: { summary: { finished: { bytes: image.length, areas: 1 } }, missing: [] },
      reading: { availableBytesPerSecond: [22_160_000] },
    });
    await read([join(folder, "bare.iso"), "--no-sidecar"]);
    expect((await readdir(folder)).sort()).toEqual([
      "bare.iso",
      "bare.iso.map",
      "out.iso",
      "out.iso.json",
      "out.iso.map",
    ]);
  });

  it("tells which blocks are missing, and exits with a code of its own", async () => {
    const { exitCode, stderr } = await read([out, "--fill", "BAD "], "lba=20-21: sense 03/11/00");
    expect(exitCode).toBe(14);
    expect(stderr).toContain("missing: blocks 20 to 21 (bad)\n");
    expect(stderr).toMatch(/not complete: 4096 bytes in 1 parts are missing; .*out.iso.map tells/);
    expect((await readFile(out)).subarray(20 * 2048, 20 * 2048 + 8).toString()).toBe("BAD BAD ");
  });

  it("leaves what large reads fail on with --no-retry", async () => {
    const { exitCode, stderr } = await read([out, "--no-retry"], "lba=20-21: sense 03/11/00");
    expect(exitCode).toBe(14);
    expect(stderr).toMatch(/missing: blocks \d+ to \d+ \(skipped\)\n/);
    expect(await read([out])).toMatchObject({ exitCode: 0 });
    expect((await readFile(out)).equals(image)).toBe(true);
  });

  it("reads blocks, or files, to their place", async () => {
    await read([out, "--lba", "0x10", "--blocks", "2"]);
    const part = await readFile(out);
    expect(part.length).toBe(18 * 2048);
    expect(part.subarray(16 * 2048).equals(image.subarray(16 * 2048, 18 * 2048))).toBe(true);
    const { exitCode } = await read([out, "--file", "docs/numbered lines.txt", "README.TXT"]);
    expect(exitCode).toBe(0);
    const more = await readFile(out);
    const at = image.indexOf("1\n2\n3\n");
    expect(more.subarray(at, at + 3893).equals(image.subarray(at, at + 3893))).toBe(true);
  });

  it("writes to a pipe, in order, and the hash to standard error", async () => {
    const { exitCode, stdout, stderr } = await read(["-", "--lba", "16", "--blocks", "1"]);
    const block = image.subarray(16 * 2048, 17 * 2048);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(block.toString());
    expect(stderr).toContain(`${sha256(block)}  -\n`);
    const holed = await read(["-", "--blocks", "21", "--fill", "x"], "lba=20: sense 03/11/00");
    expect(holed.exitCode).toBe(14);
    expect(holed.stdout.endsWith("x".repeat(2048))).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  it("ends when its time is up, and goes on", async () => {
    const first = await read([out, "--max-time", "0s"]);
    expect(first.exitCode).toBe(14);
    expect(first.stderr).toContain("no more time: the same command goes on");
    expect(await read([out])).toMatchObject({ exitCode: 0 });
  });

  it("sets the speed, and another one for what is bad", async () => {
    const speeds: number[] = [];
    const virtual = new VirtualDrive({
      disc: discFromBytes(image),
      onCommand({ cdb, parameters }) {
        const isSetStreaming = cdb[0] === 0xb6;
        if (isSetStreaming) speeds.push(Buffer.from(parameters).readUInt32BE(12));
      },
    });
    const faults = FaultScript.parse("lba=20 times=2: sense 03/11/00");
    const open = () => openWebUsb(new VirtualUsbDevice(virtual, { faults }));
    const args = ["read", out, "--speed", "8x", "--retries", "1", "--retry-speed", "2x"];
    const drives = [pluggedIn(virtual, "1-1", { open })];
    expect(await runCommand(args, { drives })).toMatchObject({ exitCode: 0 });
    expect(speeds).toEqual([11_080, 2_770]);
  });

  it("draws a graph", async () => {
    const graph = join(folder, "out.svg");
    await read([out, "--graph", graph]);
    expect(await readFile(graph, "utf8")).toMatch(/^<svg .*DVD-ROM in USB-DVD/s);
    const nowhere = await read([out, "--graph", join(folder, "no/out.svg")]);
    expect(nowhere.exitCode).toBe(10);
  });

  it("tells programs of its failure, too", async () => {
    const { stdout, exitCode } = await read([out, "--json"], "op=28 nth=2 phase=data: unplug");
    expect(exitCode).toBe(12);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(events.at(-1)).toMatchObject({
      event: "failed",
      code: "USB_DISCONNECTED",
      isKept: true,
    });
  });

  it.each([
    [["--lba", "480"], /0 blocks from 480 on are not on the disc, which has 480/],
    [["--lba", "470", "--blocks", "11"], /are not on the disc/],
    [["--blocks", "0"], /are not on the disc/],
    [["--lba", "-1"], /number of blocks/],
    [["--lba", "1", "--file", "x"], /either files or blocks/],
    [["--speed", "fast"], /max, min, or a multiple/],
    [["--max-time", "soon"], /s, m or h/],
    [["--fill", "0xabc"], /two hexadecimal digits/],
    [["--retries", "-1"], /0 to 999/],
  ])("refuses %j", async (args, message) => {
    const { exitCode, stderr } = await read([out, ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [["--file", "README.TXT"], /usb-dvd cat/],
    [["--max-time", "1s"], /cannot be gone on with/],
  ])("refuses %j for a pipe", async (args, message) => {
    const { exitCode, stderr, stdout } = await read(["-", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("says which file is not there", async () => {
    const { exitCode, stderr } = await read([out, "--file", "nothing.txt"]);
    expect(exitCode).toBe(15);
    expect(stderr).toContain("There is no nothing.txt");
  });

  it.runIf(process.platform === "linux")("says that a folder is not to be written to", async () => {
    const { exitCode, stderr } = await read(["/sys/out.iso"]);
    expect(exitCode).toBe(10);
    expect(stderr).toContain("Choose a folder that you may write to");
  });

  it("keeps the image of before when it is interrupted by itself", async () => {
    await writeFile(out, "mine");
    expect((await read([out])).exitCode).toBe(9);
    expect(await readFile(out, "utf8")).toBe("mine");
  });
});
