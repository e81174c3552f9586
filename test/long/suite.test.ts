import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

it("the whole suite ends by itself, each file in a process of its own", async () => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", ".config/vitest.config.ts", "--project", "unit"];
  const { FUZZ_CASES: _cases, ...env } = process.env;
  const { stdout, stderr } = await run(process.execPath, [...args, "--pool=forks"], {
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    timeout: 300_000,
    maxBuffer: 1 << 26,
  });
  // What vitest says where something keeps one of its processes alive.
  expect(stdout + stderr).not.toMatch(/timed out|hanging|prevents/i);
  expect(stdout).toMatch(/Tests +\d+ passed/);
});
