import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A terminal of a given width, with a shell in it. */
export class Tmux implements AsyncDisposable {
  readonly #name: string;

  static async open(columns: number, rows: number, folder: string): Promise<Tmux> {
    const name = `usb-dvd-${process.pid}-${columns}`;
    const size = ["-x", String(columns), "-y", String(rows)];
    const shell = "env LC_ALL=C.UTF-8 PS1='ready> ' sh";
    await run("tmux", [
      "-L",
      name,
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      ...size,
      "-c",
      folder,
      shell,
    ]);
    return new Tmux(name);
  }

  private constructor(name: string) {
    this.#name = name;
  }

  /** Types a line, or keys by their names (`C-c`). */
  async type(line: string): Promise<void> {
    await this.#tmux("send-keys", "-l", line);
    await this.#tmux("send-keys", "Enter");
  }

  async press(key: string): Promise<void> {
    await this.#tmux("send-keys", key);
  }

  /** What is to be seen, line by line. */
  async screen(): Promise<string[]> {
    const text = await this.#tmux("capture-pane", "-p");
    return text.replace(/\n+$/, "").split("\n");
  }

  /** Whether some line did not fit and went on in the next. */
  async wraps(): Promise<boolean> {
    const joined = await this.#tmux("capture-pane", "-p", "-J");
    const lines = joined.replace(/\n+$/, "").split("\n");
    return lines.length !== (await this.screen()).length;
  }

  async cursorIsVisible(): Promise<boolean> {
    return (await this.#tmux("display-message", "-p", "#{cursor_flag}")).trim() === "1";
  }

  /** Resolves with the screen once it shows something; rejects after ten seconds. */
  async until(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const text = (await this.screen()).join("\n");
      if (pattern.test(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`No ${String(pattern)} on:\n${(await this.screen()).join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-u", "-L", this.#name, ...args])).stdout;
  }
}
