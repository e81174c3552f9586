/**
 * Measures this package against `dd`: the kernel's gadget and a drive behind USB/IP in User Mode Linux,
 * and QEMU's drive under QEMU, or one of them: `npm run bench:guest -- uml`, `remote`, `imaging` or `qemu`. The figures
 * vary twofold from run to run: only large ratios between them mean something.
 */
import { join } from "node:path";
import { build } from "esbuild";

import { runInGuest } from "../guest/guest.js";
import type { RunOutcome } from "../guest/machine.js";
import { requirePackages } from "../guest/packages.js";
import { repository } from "../guest/paths.js";
import { runInUserModeLinux } from "./uml/guest.js";

// As plain JavaScript, since compiling takes longer in a guest than measuring. Inside the repository,
// where the native module is found.
const programs = join(repository, ".cache/bench");
const program = join(programs, "measure.mjs");
await build({
  entryPoints: [
    join(import.meta.dirname, "measure.ts"),
    join(import.meta.dirname, "remote.ts"),
    join(import.meta.dirname, "imaging.ts"),
    join(import.meta.dirname, "../guest/programs/drive-server.ts"),
  ],
  entryNames: "[name]",
  outdir: programs,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
});

const node = process.execPath;
const guests: Readonly<Record<string, () => Promise<RunOutcome>>> = {
  // libusb sees hot-plug only where udev runs: hence one process a device.
  uml: () => runInUserModeLinux(`"${node}" "${program}" super && "${node}" "${program}" high\n`),
  remote: () => runInUserModeLinux(`"${node}" "${join(programs, "remote.mjs")}"\n`),
  imaging: () => runInUserModeLinux(`"${node}" "${join(programs, "imaging.mjs")}"\n`),
  qemu() {
    requirePackages();
    return runInGuest({ command: [node, program, "drive"] });
  },
};

const named = process.argv.slice(2);
const chosen = named.length > 0 ? named : Object.keys(guests);
for (const name of chosen) {
  const run = guests[name];
  if (!run) throw new Error(`There is no guest "${name}": choose uml, remote, imaging or qemu.`);
  const outcome = await run();
  if (!("status" in outcome) || outcome.status !== 0) {
    console.error(`The ${name} guest did not measure to the end: ${JSON.stringify(outcome)}`);
    process.exitCode = 1;
  }
}
