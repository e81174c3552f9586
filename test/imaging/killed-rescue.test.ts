import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";

import { parseMapFile } from "../../src/imaging/map-file.js";
import { scratchedBlocks, scratchedSectors } from "../programs/scratched-sectors.js";
import { blockBytes, blockOf } from "./scratched-disc.js";

const program = join(import.meta.dirname, "../programs/rescue-scratched.ts");
/** `npm run test:long` asks for all twenty. */
const kills = process.env["FUZZ_CASES"] === undefined ? 4 : 20;

it(`a rescue that is killed ${kills} times ends right`, { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "usb-dvd-killed-"));
  const path = join(folder, "disc.iso");
  const run = () => spawn(process.execPath, ["--import", "tsx", program, path]);
  const bad = new Set(scratchedSectors);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const child = run();
      const exit = once(child, "exit");
      if (kill > 0) await delay(400); // Node needs as long to start
      while (!existsSync(`${path}.map`) && child.exitCode === null) await delay(5);
      await delay(Math.random() * 400);
      child.kill("SIGKILL");
      await exit;
      // Whatever the map tells to be rescued is in the image.
      const { map } = parseMapFile(await readFile(`${path}.map`, "utf8"), path);
      const image = await readFile(path).catch(() => Buffer.alloc(0));
      for (const { start, end, status } of map.extents) {
        for (let at = start; status === "+" && at < end; at += blockBytes) {
          const lba = at / blockBytes;
          expect(image.subarray(at, at + blockBytes).equals(blockOf(lba)), `block ${lba}`).toBe(
            true,
          );
        }
      }
    }
    const last = run();
    let output = "";
    last.stdout.on("data", (text: Buffer) => (output += text.toString()));
    expect(await once(last, "exit")).toEqual([0, null]);

    const expected = Buffer.alloc(scratchedBlocks * blockBytes);
    for (let lba = 0; lba < scratchedBlocks; lba++) {
      if (!bad.has(lba)) blockOf(lba).copy(expected, lba * blockBytes);
    }
    expect((await readFile(path)).equals(expected)).toBe(true);
    const sha256 = createHash("sha256").update(expected).digest("hex");
    expect(output).toBe(`${bad.size * blockBytes} ${sha256}\n`);
    const { map, status } = parseMapFile(await readFile(`${path}.map`, "utf8"), path);
    expect(status).not.toBe("?");
    for (const lba of [...bad, 16, 20, 999, 1_001, 2_999, 3_040]) {
      expect(map.statusAt(lba * blockBytes)).toBe(bad.has(lba) ? "-" : "+");
    }
    expect(map.summary("-").bytes).toBe(bad.size * blockBytes);
    expect(map.summary("+").bytes).toBe((scratchedBlocks - bad.size) * blockBytes);
  } finally {
    await rm(folder, { recursive: true });
  }
});
