import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A virtual machine as a process whose standard output is the guest's console. */
export interface Machine {
  readonly command: string;
  readonly args: readonly string[];
  /** Seconds until the guest must have said that it is up. */
  readonly bootSeconds: number;
  /** Seconds until the whole run must be over. */
  readonly totalSeconds: number;
}

/** How a run ended: the job's exit status, or why there is none. */
export type RunOutcome = { readonly status: number } | { readonly failure: "boot" | "lost" };

/**
 * Boots a machine, hands on what its job prints line by line, and waits for its end. The guest
 * reports `guest: up` and `guest: exit STATUS` on its console. A guest that never comes up is tried
 * once more; one that came up is not, whatever became of its job.
 */
export async function runMachine(
  machine: Machine,
  onLine: (line: string) => void,
): Promise<RunOutcome> {
  const first = await runOnce(machine, onLine);
  if (!("failure" in first && first.failure === "boot")) return first;
  onLine("The guest did not come up; trying once more.");
  return runOnce(machine, onLine);
}

async function runOnce(machine: Machine, onLine: (line: string) => void): Promise<RunOutcome> {
  const { command, args, bootSeconds, totalSeconds } = machine;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): void => void child.kill("SIGKILL");
  const bootTimer = setTimeout(kill, bootSeconds * 1000);
  const totalTimer = setTimeout(kill, totalSeconds * 1000);
  const interrupt = (): void => process.exit(1);
  process.on("exit", kill).on("SIGINT", interrupt).on("SIGTERM", interrupt);

  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  let outcome: RunOutcome = { failure: "boot" };
  createInterface({ input: child.stdout }).on("line", (raw) => {
    const line = raw.replace(/\r$/, "");
    const exit = /^guest: exit (\d+)$/.exec(line);
    if (exit) {
      outcome = { status: Number(exit[1]) };
    } else if (line === "guest: up") {
      outcome = { failure: "lost" };
      clearTimeout(bootTimer);
    } else {
      onLine(line);
    }
  });
  try {
    await ended;
  } finally {
    clearTimeout(bootTimer);
    clearTimeout(totalTimer);
    process.off("exit", kill).off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  return outcome;
}
