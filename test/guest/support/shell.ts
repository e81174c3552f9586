import { execFile } from "node:child_process";

export interface ShellResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a shell command line. Arguments after it are its `$1`, `$2` and so on, so that paths need no
 * quoting. Rejects where it is still running after `timeoutMs`, half a minute if not given.
 */
export function sh(
  commandLine: string,
  args: readonly string[] = [],
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: 2 ** 26 };
    const words = ["-c", commandLine, "sh", ...args];
    const child = execFile("sh", words, options, (error, stdout, stderr) => {
      if (error && child.exitCode === null) {
        reject(new Error(`\`${commandLine}\` was ended by ${error.signal}`, { cause: error }));
      } else {
        resolve({ status: child.exitCode ?? 0, stdout, stderr });
      }
    });
  });
}

/** Runs a command line that must succeed, and returns what it printed. */
export async function output(commandLine: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await sh(commandLine, args, { timeoutMs: 60_000 });
  if (status !== 0) throw new Error(`\`${commandLine}\` ended with ${status}: ${stderr}`);
  return stdout;
}
