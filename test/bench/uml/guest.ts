import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { runMachine, type RunOutcome } from "../../guest/machine.js";
import { repository } from "../../guest/paths.js";

const kernel = join(repository, ".cache/uml/linux");

/**
 * Runs a shell script as root in User Mode Linux: the kernel as a process, some ten times as fast as
 * an emulated machine. The guest sees the host's files, without leave to write, and has memory to
 * write to under `/mnt`. The kernel is built at the first run.
 */
export async function runInUserModeLinux(script: string): Promise<RunOutcome> {
  if (!existsSync(kernel)) {
    console.log("Building a User Mode Linux kernel, once. This takes about five minutes.");
    mkdirSync(dirname(kernel), { recursive: true });
    execFileSync(join(import.meta.dirname, "build.sh"), [kernel], { stdio: "inherit" });
  }
  const folder = mkdtempSync(join(tmpdir(), "usb-dvd-uml-"));
  try {
    copyFileSync(join(import.meta.dirname, "init.sh"), join(folder, "init.sh"));
    writeFileSync(join(folder, "job.sh"), script);
    const parameters = [
      ...["mem=5120M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"],
      ...["panic=-1", `init=${folder}/init.sh`, `uml_dir=${folder}/`],
      ...["con0=null,fd:1", "con=null", "ssl=null"],
      ...["usb_storage.delay_use=0", "dummy_hcd.is_super_speed=1"],
    ];
    const machine = {
      // On one processor: between two of them, a system call takes ten times as long.
      command: "taskset",
      args: ["-c", "0", kernel, ...parameters],
      bootSeconds: 20,
      totalSeconds: 900,
    };
    return await runMachine(machine, (line) => console.log(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
