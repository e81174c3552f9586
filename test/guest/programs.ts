import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

const sources = join(import.meta.dirname, "programs");

/**
 * Builds the programs that tests run beside themselves, in `folder`. The host does it, being ten
 * times as fast as the guest.
 */
export function buildPrograms(folder: string): void {
  mkdirSync(folder, { recursive: true });
  buildSync({
    entryPoints: [join(sources, "drive-server.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: join(folder, "drive-server.mjs"),
  });
  const cSource = join(sources, "dvd-ioctl.c");
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  execFileSync("gcc", ["-std=gnu17", "-O1", ...warnings, "-o", join(folder, "dvd-ioctl"), cSource]);
}
