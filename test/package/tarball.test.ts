import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** The package as a user gets it: packed, and installed into an empty folder. */
describe("the packed package", () => {
  let folder: string;
  let packed: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "usb-dvd-package-"));
    const pack = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
    const [{ filename, files }] = JSON.parse(pack.stdout) as [
      { filename: string; files: { path: string }[] },
    ];
    packed = files.map(({ path }) => path);
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    await run("npm", ["install", `./${filename}`], { cwd: folder });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("holds the built code, its source and its papers, and nothing else", () => {
    const expected = /^(dist\/|src\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/;
    expect(packed.filter((path) => !expected.test(path))).toEqual([]);
    expect(packed).toEqual(expect.arrayContaining(["dist/index.d.ts", "dist/cli/main.js"]));
  });

  it("can be imported, and never loads libusb for a virtual drive", async () => {
    const program = `
      import { OpticalDrive, openWebUsb } from "usb-dvd";
      import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";
      const disc = discFromBytes(new Uint8Array(16 * 2048));
      const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
      const drive = await OpticalDrive.open(await openWebUsb(device));
      const { blocks } = await drive.medium();
      await drive.close();
      const native = process.report.getReport().sharedObjects.filter((path) => /usb/.test(path));
      console.log(JSON.stringify({ blocks, native: native.filter((path) => path.endsWith(".node")) }));
    `;
    await writeFile(join(folder, "program.js"), program);
    const { stdout } = await run("node", ["program.js"], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ blocks: 16, native: [] });
  });

  it("brings the command", async () => {
    const { stdout } = await run("npx", ["usb-dvd", "--version"], { cwd: folder });
    const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
    expect(stdout.trim()).toBe(version);
  });
});
