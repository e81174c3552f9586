import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import type {
  DriveServerAnswer,
  DriveServerCall,
  DriveServerMethods,
} from "../programs/drive-server.js";

const programOfTests = "/share/programs/drive-server.mjs";

/** A process that serves virtual drives over USB/IP, one at a time; see `programs/drive-server.ts`. */
export class DriveServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, (answer: DriveServerAnswer) => void>();
  #lastId = 0;

  static async start(program = programOfTests): Promise<DriveServer> {
    const child = fork(program, { serialization: "advanced", execArgv: [] });
    await once(child, "spawn");
    return new DriveServer(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (answer: DriveServerAnswer) => {
      this.#calls.get(answer.id)?.(answer);
      this.#calls.delete(answer.id);
    });
    child.once("exit", (status) => {
      const error = new Error(`The drive's server has ended, with status ${status ?? "none"}.`);
      for (const [id, settle] of this.#calls) settle({ id, error });
    });
  }

  /** Calls one of the program's methods. */
  async call<Name extends keyof DriveServerMethods>(
    method: Name,
    ...args: Parameters<DriveServerMethods[Name]>
  ): Promise<Awaited<ReturnType<DriveServerMethods[Name]>>> {
    const { error, result } = await this.#ask({ id: ++this.#lastId, method, args });
    if (error !== undefined) throw error as Error;
    return result as Awaited<ReturnType<DriveServerMethods[Name]>>;
  }

  #ask(call: DriveServerCall): Promise<DriveServerAnswer> {
    return new Promise((resolve) => {
      this.#calls.set(call.id, resolve);
      this.#child.send(call);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
