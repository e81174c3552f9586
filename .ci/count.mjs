// Sums what vitest's JSON reports say was truly run: `node .ci/count.mjs REPORT...`. Prints
// `N passed, M failed`; fails where a test did, or where a report is missing or empty.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  const before = passed + failed;
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    passed += report.numPassedTests;
    // A file that cannot even be loaded has no tests to count, and is one failure.
    const broken = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    failed += report.numFailedTests + broken.length;
  } catch (error) {
    console.error(`${path}: ${error.message}`);
  }
  if (passed + failed === before) {
    console.error(`${path}: no test was run`);
    process.exitCode = 1;
  }
}
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);
