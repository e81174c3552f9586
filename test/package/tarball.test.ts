import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** The package as a user gets it: packed, and installed into an empty folder. */
describe("the packed package", () => {
  let folder: string;
  let packed: string[];
  let packedName: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "usb-dvd-package-"));
    const pack = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
    const [{ filename, files }] = JSON.parse(pack.stdout) as [
      { filename: string; files: { path: string }[] },
    ];
    packed = files.map(({ path }) => path);
    packedName = filename;
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    await run("npm", ["install", `./${filename}`], { cwd: folder });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("holds the built code, its source and its papers, and nothing else", () => {
    const expected =
      /^(dist\/|src\/|docs\/usb-dvd\.1$|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/;
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

  it("runs the README's program that prints a region", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
    const program = blocks.find((code) => code.includes("readRegion")) ?? "";
    expect(program.trim().split("\n").length).toBeLessThanOrEqual(10);
    // As Node 20 has it: without `using`, which newer ones and every compiler know.
    await writeFile(join(folder, "region.js"), program.replace("await using drive", "const drive"));
    const { stdout } = await run("node", ["region.js"], { cwd: folder });
    expect(stdout).toBe("region 2, 5 changes left\n");
  });

  it("does the main job by its command", async () => {
    await copyFile(join(root, "examples/sample.iso"), join(folder, "disc.iso"));
    const args = ["usb-dvd", "read", "copy.iso", "--drive", "virtual:disc.iso"];
    const { stdout } = await run("npx", args, { cwd: folder });
    expect(stdout).toMatch(/^c8ba5122[0-9a-f]{56} {2}copy.iso\n$/);
    const trace = ["usb-dvd", "region", "--drive", "virtual:disc.iso", "--trace", "-"];
    expect((await run("npx", trace, { cwd: folder })).stderr).toContain("REPORT KEY");
  });

  it("completes its command line", async () => {
    const npx = async (...args: readonly string[]): Promise<string> =>
      (await run("npx", ["usb-dvd", ...args], { cwd: folder })).stdout;
    await writeFile(join(folder, "completion.bash"), await npx("completion", "bash"));
    await run("bash", ["-n", "completion.bash"], { cwd: folder });
    for (const shell of ["zsh", "fish"])
      expect(await npx("completion", shell)).toContain("usb-dvd");
    const suggested = async (...args: readonly string[]): Promise<string[]> =>
      (await npx("complete", "--", ...args)).split("\n").map((line) => line.replace(/\t.*/, ""));
    expect(await suggested("re")).toEqual(expect.arrayContaining(["read", "region"]));
    expect(await suggested("read", "--re")).toEqual(expect.arrayContaining(["--retries"]));
    expect(await suggested("ls", "--fs", "")).toEqual(expect.arrayContaining(["udf", "joliet"]));
  });

  it("is well formed to publint and to arethetypeswrong", { timeout: 120_000 }, async () => {
    const publint = await run("npx", ["publint", "--strict"], { cwd: root });
    expect(publint.stdout).toContain("All good!");
    // It is a package of ES modules, as it says: what CommonJS finds is the same, by require(esm).
    const attw = ["attw", join(folder, packedName), "--profile", "esm-only", "--format", "ascii"];
    const { stdout } = await run("npx", attw, { cwd: root });
    expect(stdout.match(/node16 \(from ESM\): 🟢 \(ESM\)\nbundler: 🟢/g)).toHaveLength(2);
  });

  it("lets a bundler leave out what is not used", async () => {
    const bundle = async (contents: string): Promise<string> => {
      const options = { bundle: true, platform: "browser", format: "esm", write: false } as const;
      const stdin = { contents, resolveDir: folder };
      const { outputFiles } = await build({ ...options, stdin, minify: true });
      return outputFiles[0]!.text;
    };
    const part = await bundle(`import { inquiry } from "usb-dvd"; console.log(inquiry());`);
    const whole = await bundle(`import * as all from "usb-dvd"; console.log(all);`);
    expect(part.length).toBeLessThan(whole.length / 4);
  });

  it("brings the command", async () => {
    const { stdout } = await run("npx", ["usb-dvd", "--version"], { cwd: folder });
    const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
    expect(stdout.trim()).toBe(version);
  });
});
