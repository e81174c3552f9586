import type { Executor } from "../../src/scsi/executor.js";
import type { Command } from "../../src/scsi/command.js";
import { SenseError } from "../../src/scsi/sense-error.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { hex } from "../bytes.js";

/** Sense data as `05/2c/00`, a reply in hexadecimal digits, `ok` for none, or an error to throw. */
export type Answer = string | Error | (() => string | Promise<string>);

/** Answers each command as the script says, and keeps what was sent. */
export class ScriptedExecutor implements Executor {
  /** The CDBs in hexadecimal digits, with what was sent to the drive behind a colon. */
  readonly sent: string[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  /** Adds to the script. */
  script(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  get isFinished(): boolean {
    return this.#answers.length === 0;
  }

  async execute<Reply>(command: Command<Reply>): Promise<Reply> {
    const data = command.data === undefined ? "" : `: ${digits(command.data)}`;
    this.sent.push(digits(command.cdb) + data);
    await Promise.resolve();
    const scripted = this.#answers.shift();
    if (scripted === undefined)
      throw new Error(`nothing is scripted for ${this.sent.at(-1) ?? ""}`);
    const answer = typeof scripted === "function" ? await scripted() : scripted;
    if (answer instanceof Error) throw answer;
    if (answer.includes("/")) throw senseError(command, answer);
    return command.decode(hex(answer === "ok" ? "" : answer));
  }
}

/** The error for sense data such as `05/2c/00`. */
export function senseError(command: Command<unknown>, codes: string): SenseError {
  const [key, asc, ascq] = codes.split("/");
  const sense = `70 00 ${key} 00 00 00 00 0a 00 00 00 00 ${asc} ${ascq} 00 00 00 00`;
  return new SenseError(command, decodeSense(hex(sense)));
}

/** The error that `promise` rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it was expected to fail");
    },
    (error: unknown) => error,
  );
}

function digits(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
