import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { parseMapFile } from "../../src/imaging/map-file.js";
import { Tmux } from "./tmux.js";

const run = promisify(execFile);

const root = join(import.meta.dirname, "../..");
const command = `node --import tsx ${join(root, "src/cli/main.ts")}`;

let folder: string;
let server: ChildProcessWithoutNullStreams;
let drive: string;

/** A drive whose disc is slow, scratched, and changed by lines on the server's standard input. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-terminal-"));
  const disc = join(folder, "disc.iso");
  await writeFile(disc, "");
  await truncate(disc, 40_000 * 2048);
  const faults = join(folder, "faults.txt");
  await writeFile(faults, "lba=3000-3010: sense 03/11/05\nop=28 phase=data: delay 120\n");
  const args = ["emulate", disc, "--port", "0", "--control", "--region", "2", "--faults", faults];
  server = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...args], { cwd: root });
  drive = await new Promise((resolve) => {
    let written = "";
    server.stdout.on("data", (text: Buffer) => {
      const port = /--tcp-port (\d+)/.exec((written += text.toString()))?.[1];
      if (port !== undefined) resolve(`usbip://127.0.0.1:${port}/1-1`);
    });
  });
});
afterEach(async () => {
  server.kill("SIGTERM");
  await rm(folder, { recursive: true });
});

describe.each([80, 120])("on a terminal of %d columns", { timeout: 120_000 }, (columns) => {
  it("nothing wraps, and Ctrl-C leaves it clean", async () => {
    await using terminal = await Tmux.open(columns, 40, root);
    const shows = async (line: string, shown: RegExp): Promise<string> => {
      await terminal.type("clear");
      await terminal.until(/^ready>$/);
      // Short, so that the line that is typed does not wrap itself.
      await writeFile(join(folder, "run.sh"), `${line}\n`);
      await terminal.type(`. ${join(folder, "run.sh")}`);
      return terminal.until(shown);
    };
    const expectClean = async (): Promise<void> => {
      await terminal.until(/ready>$/);
      expect(await terminal.wraps()).toBe(false);
      expect(await terminal.cursorIsVisible()).toBe(true);
    };

    expect(await shows(`${command} info -d ${drive}`, /Read speeds/)).toContain(
      "Region set (RPC-II)",
    );
    await expectClean();
    await shows(`${command} region -d ${drive}`, /drive {3}\. x \./);
    await expectClean();

    await shows(`${command} watch -d ${drive}`, /watched/);
    server.stdin.write("eject\n");
    await terminal.until(/disc removed/);
    server.stdin.write("load\n");
    await terminal.until(/disc inserted/);
    await terminal.until(/ready: DVD-ROM/);
    await terminal.press("C-c");
    await expectClean();

    const out = join(folder, "out.iso");
    const progress = await shows(`${command} read ${out} -d ${drive}`, /[█░×▒]{10,}.* \d+%.*left/);
    expect(progress).toMatch(/MB\/s {2}\d+\.\dx/);
    expect(await terminal.wraps()).toBe(false);
    expect(await terminal.cursorIsVisible()).toBe(false);
    await terminal.until(/[×▒].* \d+%/);
    await terminal.press("C-c");
    const ended = await terminal.until(/Stopped as you asked/);
    expect(ended).toContain("What was read is kept");
    expect(ended).not.toMatch(/[█░]/); // the bar is gone
    await expectClean();
  });
});

it(
  "a terminal that goes away ends a read, with what was read kept",
  { timeout: 60_000 },
  async () => {
    const out = join(folder, "out.iso");
    {
      await using terminal = await Tmux.open(81, 40, root);
      await terminal.type(`${command} read ${out} -d ${drive}`);
      await terminal.until(/[█░×▒]{10,}/);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    await untilGone(out);
    const { map } = parseMapFile(await readFile(`${out}.map`, "utf8"), out);
    expect(map.summary("+").bytes).toBeGreaterThan(0);
    expect(map.isComplete).toBe(false);
  },
);

/** Resolves once no process has the text on its command line; rejects after ten seconds. */
async function untilGone(text: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await run("pgrep", ["-f", `read ${text}`]).catch(() => undefined);
    if (found === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Something still has ${text}.`);
}
