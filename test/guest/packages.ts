import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The Debian packages of `packages.txt` that are not installed here. */
export function missingPackages(): string[] {
  const list = readFileSync(join(import.meta.dirname, "packages.txt"), "utf8");
  const needed = list.split("\n").flatMap((line) => line.replace(/#.*/, "").trim() || []);
  // Fails for packages that dpkg never heard of, but still prints the others.
  const query = spawnSync(
    "dpkg-query",
    ["-W", "-f", "${Package} ${db:Status-Status}\n", ...needed],
    {
      encoding: "utf8",
    },
  );
  if (query.error) {
    throw new Error(
      "The guest is built from Debian packages, and this machine has no dpkg-query.",
      {
        cause: query.error,
      },
    );
  }
  const rows = new Set(query.stdout.split("\n"));
  return needed.filter((name) => !rows.has(`${name} installed`));
}

/** Ends the process where a package is missing, and says how to get it. */
export function requirePackages(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.error(
    `The guest cannot run here: ${missing.length} Debian packages are missing. Install them with\n` +
      `  apt-get install --no-install-recommends ${missing.join(" ")}`,
  );
  process.exit(process.env["CI"] === "true" ? 1 : 3);
}
