import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";

import { formatMapFile, parseMapFile } from "../../src/imaging/map-file.js";
import { RescueMap, type BlockStatus } from "../../src/imaging/rescue-map.js";

const run = promisify(execFile);

const names: Readonly<Record<BlockStatus, string>> = {
  "?": "non-tried",
  "*": "non-trimmed",
  "/": "non-scraped",
  "-": "bad-sector",
  "+": "rescued",
};
const statuses = Object.keys(names) as BlockStatus[];

it("ddrescuelog takes our maps, counts as we do, and writes maps that we take", async () => {
  const folder = await mkdtemp(join(tmpdir(), "usb-dvd-ddrescuelog-"));
  const path = join(folder, "x.map");
  const blocks = 3_000;
  const area = fc.tuple(fc.nat(blocks), fc.nat(blocks), fc.constantFrom(...statuses));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(area, { maxLength: 12 }), async (areas) => {
        const map = new RescueMap(blocks * 2048);
        for (const [one, other, status] of areas) {
          map.set(Math.min(one, other) * 2048, Math.max(one, other) * 2048, status);
        }
        await writeFile(path, formatMapFile({ map, position: 0, status: "?", pass: 1 }, "a test"));
        const { stdout } = await run("ddrescuelog", ["--show-status", path]);
        for (const status of statuses) {
          const { bytes, areas: count } = map.summary(status);
          const { stdout: list } = await run("ddrescuelog", ["-b", "2048", `-l${status}`, path]);
          expect(list.split("\n").length - 1, names[status]).toBe(bytes / 2048);
          expect(stdout).toMatch(new RegExp(`${names[status]}: .*in +${count} area`));
        }
        // Its own writing of the same map, and back.
        const { stdout: inverted } = await run("ddrescuelog", ["--change-types=?*/-+,-/?*+", path]);
        const swapped = parseMapFile(inverted, path).map;
        expect(swapped.summary("+").bytes).toBe(map.summary("+").bytes);
        expect(swapped.summary("-").bytes).toBe(map.summary("?").bytes);
        expect(swapped.summary("?").bytes).toBe(map.summary("/").bytes);
      }),
      { numRuns: 40 },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
