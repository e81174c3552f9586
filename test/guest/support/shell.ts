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
