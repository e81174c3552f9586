/**
 * Runs the tests of `test/guest` inside a Linux guest, as root, against devices that the kernel and
 * QEMU bring; with `--long` as the first argument those of `test/guest/long`. Other arguments are
 * handed to vitest: `npm run test:guest -- test/guest/rig.guest.test.ts`.
 * Exits with 0 where all pass, 1 where not, and 3 where this machine cannot run a guest (1 if CI).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { runInGuest } from "./guest.js";
import { requirePackages } from "./packages.js";
import { guestCache } from "./paths.js";

requirePackages();
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", ".config/vitest.config.ts"];
const reporters = [
  "--reporter=verbose",
  "--reporter=json",
  "--outputFile.json=/share/results.json",
];
const [first, ...others] = process.argv.slice(2);
const isLong = first === "--long";
const given = isLong || first === undefined ? others : [first, ...others];
const project = `--project=${isLong ? "guest-long" : "guest"}`;
const started = performance.now();
const outcome = await runInGuest({
  command: [process.execPath, ...vitest, project, ...reporters, ...given],
  keep: ["results.json"],
  ...(isLong && { totalSeconds: 5400 }),
});
const seconds = Math.round((performance.now() - started) / 1000);

const results = join(guestCache, "results.json");
if ("failure" in outcome || !existsSync(results)) {
  const consoleLog = join(guestCache, "console.log");
  console.error(
    "failure" in outcome && outcome.failure === "boot"
      ? `The guest did not come up, twice. Its kernel said:\n${readFileSync(consoleLog, "utf8")}`
      : `The guest came up but gave no results within ${seconds} s; its kernel's log: ${consoleLog}`,
  );
  process.exitCode = 1;
} else {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(results, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  console.log(`Guest: ${numPassedTests} passed, ${numFailedTests} failed, in ${seconds} s.`);
  process.exitCode = outcome.status === 0 ? 0 : 1;
}
