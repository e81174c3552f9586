import { describe, expect, it } from "vitest";
import { discFromBytes, VirtualDrive, type VirtualDriveOptions } from "../../src/virtual/index.js";
import { pluggedIn, runCommand } from "./run.js";

const disc = discFromBytes(new Uint8Array(64 * 2048), {
  copyright: { protection: "css", regionMask: 0b1111_0101 },
  discKey: new Uint8Array(2048).fill(0xd5),
});

function plugIn(options: VirtualDriveOptions = {}) {
  const virtual = new VirtualDrive(options);
  return { virtual, drives: [pluggedIn(virtual, "1-1")] };
}

describe("usb-dvd region", () => {
  it("shows the drive's regions and the disc's, in words and as a map", async () => {
    const region = { type: "set", mask: 0xfd, userChanges: 3 } as const;
    const { drives } = plugIn({ disc, region });
    const { exitCode, stdout } = await runCommand(["region"], { drives });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Region set (RPC-II). Changes left: 3, vendor resets: 4.\n");
    expect(stdout).toContain("drive   . x . . . . . .\ndisc    . x . x . . . .\n");
  });

  it("never sets one by itself", async () => {
    const { drives, virtual } = plugIn({ disc });
    const { stdout } = await runCommand(["region", "--json"], { drives });
    expect(JSON.parse(stdout)).toMatchObject({
      drive: { state: "none", regions: [], userChanges: 5 },
      discRegions: [2, 4],
    });
    expect(virtual.region.userChanges).toBe(5);
  });
});

describe("usb-dvd region set", () => {
  it.each([
    ["without a terminal", ["region", "set", "2"], undefined, 2, /--yes/],
    ["without a yes", ["region", "set", "2"], "no", 2, /Nothing was changed/],
    ["to no region", ["region", "set", "9", "--yes"], undefined, 2, /'9' is no region/],
    ["to half a region", ["region", "set", "1.5", "--yes"], undefined, 2, /1\.5/],
  ] as const)("changes nothing %s", async (_what, args, answer, code, message) => {
    const { drives, virtual } = plugIn();
    const options = answer === undefined ? { drives } : { drives, answer };
    const { exitCode, stderr } = await runCommand(args, options);
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(message);
    expect(virtual.region).toMatchObject({ type: "none", userChanges: 5 });
  });

  it.each([
    ["by --yes", ["region", "set", "2", "--yes"], undefined],
    ["at the terminal", ["region", "set", "2"], "yes"],
  ] as const)("spends one change once agreed to %s", async (_what, args, answer) => {
    const { drives, virtual } = plugIn();
    const options = answer === undefined ? { drives } : { drives, answer };
    expect((await runCommand(args, options)).exitCode).toBe(0);
    expect(virtual.region).toMatchObject({ type: "set", mask: 0xfd, userChanges: 4 });
    expect((await runCommand(args, options)).exitCode).toBe(0);
    expect(virtual.region.userChanges).toBe(4);
  });

  it("says that no change is left", async () => {
    const region = { type: "permanent", mask: 0xfd, userChanges: 0 } as const;
    const { drives, virtual } = plugIn({ region });
    const { exitCode, stderr } = await runCommand(["region", "set", "1", "--yes"], { drives });
    expect(exitCode).toBe(13);
    expect(stderr).toMatch(/permanent/);
    expect(virtual.region.mask).toBe(0xfd);
  });
});

describe("usb-dvd keys", () => {
  it("says what is protected, and keeps keys to itself", async () => {
    const { drives } = plugIn({ disc });
    const { exitCode, stdout } = await runCommand(["keys"], { drives });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Disc +protection: CSS or CPPM\n/);
    expect(stdout).toMatch(/Session +granted \(AGID 0\)/);
    expect(stdout).toMatch(/Disc key +needs an authenticator/);
    expect(stdout).not.toMatch(/d5d5/);
  });
});
