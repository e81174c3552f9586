import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

async function runExample(name: string, ...args: readonly string[]): Promise<string> {
  const tsx = join(root, "node_modules/.bin/tsx");
  const { stdout } = await run(tsx, [join("examples", name), ...args], { cwd: root });
  return stdout;
}

describe("the examples", { timeout: 60_000 }, () => {
  it("identify: end by themselves, with or without drives", async () => {
    expect(await runExample("identify.ts")).toMatch(/\S/);
  });

  it("image: copies a disc", async () => {
    const folder = await mkdtemp(join(tmpdir(), "usb-dvd-example-"));
    const sample = join(root, "examples/sample.iso");
    const target = join(folder, "copy.iso");
    const stdout = await runExample("image.ts", sample, target);
    expect(stdout).toMatch(/^1005568 bytes, 0 of them missing, SHA-256 c8ba5122/);
    expect(await readFile(target)).toEqual(await readFile(sample));
    await rm(folder, { recursive: true });
  });

  it("watch: tells what happens, in order", async () => {
    expect(await runExample("watch.ts")).toBe(
      "a disc was inserted\nit can be read\nthe disc is gone\n",
    );
  });

  it("raw-command: sends one, and reads its reply", async () => {
    expect(await runExample("raw-command.ts")).toMatch(
      /^the last block is 99\n1 track, and the lead-out at 100\nREAD CD failed: ILLEGAL REQUEST, /,
    );
  });

  it("remote-drive: finds a drive at a server", async () => {
    expect(await runExample("remote-drive.ts")).toBe(
      "Virtual DVD-ROM with a DVD-ROM of 100 blocks\n",
    );
  });

  it("are thirty lines each at most", async () => {
    const names = await readdir(join(root, "examples"), { recursive: true });
    for (const name of names.filter((found) => found.endsWith(".ts"))) {
      const text = await readFile(join(root, "examples", name), "utf8");
      expect(text.trimEnd().split("\n").length, name).toBeLessThanOrEqual(30);
    }
  });

  it("device-io-control: reads the region of a drive that has none", async () => {
    const stdout = await runExample("device-io-control.ts");
    expect(stdout).toMatch(/^STATUS_SUCCESS\n.*typeCode: 0,.*regionMask: 255,.*rpcScheme: 1/s);
  });

  it("region: reads, sets and reports it", async () => {
    expect(await runExample("region.ts")).toBe(
      "none, 5 changes left\nfrom [] to [2]\nset, 4 changes left\n",
    );
  });

  it("authenticated-session: reads a title key", async () => {
    expect(await runExample("authenticated-session.ts")).toBe(
      [
        "sessionStarted: AGID 0",
        "sessionAuthenticated: AGID 0",
        "a title key of 5 bytes, copyrighted: true",
        "sessionEnded: AGID 0",
        "",
      ].join("\n"),
    );
  });
});
