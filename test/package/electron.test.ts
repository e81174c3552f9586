import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

it("Electron's own types agree with the example", { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "usb-dvd-electron-"));
  try {
    // Its types alone: the package would fetch a whole browser.
    const { stdout } = await run("npm", ["pack", "electron@45", "--silent"], { cwd: folder });
    await run("tar", ["xzf", stdout.trim(), "package/electron.d.ts"], { cwd: folder });
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        paths: { electron: [join(folder, "package/electron.d.ts")] },
      },
      include: [join(root, "examples/electron/main.ts")],
      exclude: [],
    };
    const path = join(folder, "tsconfig.json");
    await writeFile(path, JSON.stringify(config));
    const tsc = join(root, "node_modules/.bin/tsc");
    const checked = await run(tsc, ["-p", path]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(checked.stdout).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});
