import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeDiscs } from "./disc.js";
import { buildInitramfs } from "./initramfs.js";
import { guestKernel } from "./kernel.js";
import { runMachine, type RunOutcome } from "./machine.js";
import { guestCache, repository } from "./paths.js";
import { buildPrograms } from "./programs.js";
import { qemuMachine } from "./qemu.js";

export interface GuestJob {
  /** A command and its arguments, run as root in the repository's folder. `/share` is writable. */
  readonly command: readonly string[];
  /** Files in `/share` that are to be kept in `.cache/guest` when the guest is gone. */
  readonly keep?: readonly string[];
  /** Seconds until it must be over; 20 minutes by default. */
  readonly totalSeconds?: number;
}

/**
 * Runs a job in Debian's kernel under QEMU, with the host's files at their own paths, QEMU's DVD
 * drive on the bus, the discs in `/share/discs` and programs for tests in `/share/programs`. What it
 * prints appears on standard output.
 */
export async function runInGuest({
  command,
  keep = [],
  totalSeconds = 1200,
}: GuestJob): Promise<RunOutcome> {
  const share = mkdtempSync(join(tmpdir(), "usb-dvd-guest-"));
  const removeShare = (): void => rmSync(share, { recursive: true, force: true });
  process.once("exit", removeShare);
  const kept = ["console.log", ...keep];
  for (const name of kept) rmSync(join(guestCache, name), { force: true });
  try {
    const discsFolder = join(share, "discs");
    const discs = makeDiscs(discsFolder);
    buildPrograms(join(share, "programs"));
    const kernel = guestKernel();
    const job = `cd ${quoted(repository)} && exec ${command.map(quoted).join(" ")}\n`;
    writeFileSync(join(share, "job.sh"), job);
    copyFileSync(join(import.meta.dirname, "init/userland.sh"), join(share, "userland.sh"));
    const machine = qemuMachine({
      kernel,
      initramfs: buildInitramfs(kernel.release, share),
      share,
      images: Object.fromEntries(
        Object.entries(discs).map(([name, disc]) => [name, join(discsFolder, disc.file)]),
      ),
      loaded: "dvd",
      totalSeconds,
    });
    return await runMachine(machine, (line) => console.log(line));
  } finally {
    mkdirSync(guestCache, { recursive: true });
    for (const name of kept) {
      if (existsSync(join(share, name))) copyFileSync(join(share, name), join(guestCache, name));
    }
    removeShare();
    process.off("exit", removeShare);
  }
}

/** One word of a shell's command line. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
