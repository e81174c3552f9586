import type { Executor } from "../../src/scsi/executor.js";
import type { Command } from "../../src/scsi/command.js";
import { SenseError } from "../../src/scsi/sense-error.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { concat, hex } from "../bytes.js";

/** What a drive answers to a CDB: data as hexadecimal bytes, or sense data as `05/6F/02`. */
export type Script = (cdb: Uint8Array) => string | Uint8Array | Error;

export interface ScriptedDrive extends Executor {
  /** The commands that came, as `a4 00 ...`, and what was sent with them after `:`. */
  readonly sent: readonly string[];
}

/** Profile list feature with DVD-ROM (0010h) and CD-ROM (0008h). */
const dvdConfiguration = hex("00 00 00 10 00 00 00 10  00 00 03 08  00 10 01 00  00 08 00 00");

/** Answers by a script; GET CONFIGURATION, where the script does not, as a DVD drive. */
export function scriptedDrive(script: Script): ScriptedDrive {
  const sent: string[] = [];
  return {
    sent,
    execute<Reply>(command: Command<Reply>): Promise<Reply> {
      const { cdb, data, transferLength } = command;
      const answer = script(cdb);
      if (cdb[0] === 0x46 && answer === "") return decoded(command, dvdConfiguration);
      sent.push(printed(cdb) + (data ? ` : ${printed(data)}` : ""));
      if (answer instanceof Error) return Promise.reject(answer);
      if (typeof answer === "string" && answer.includes("/")) {
        return Promise.reject(new SenseError(command, sense(answer)));
      }
      const reply = typeof answer === "string" ? hex(answer) : answer;
      return decoded(command, reply.subarray(0, transferLength));
    },
  };
}

/** Fixed format sense data, of `key/ASC/ASCQ`. */
export function sense(codes: string) {
  const [key, asc, ascq] = codes.split("/");
  return decodeSense(hex(`70 00 ${key} 00 00 00 00 0a 00 00 00 00 ${asc} ${ascq} 00 00 00 00`));
}

/** What a drive sends, by operation code and format, when all is well. */
export const goodReplies: Readonly<Record<string, Uint8Array | string>> = {
  "a4/00": hex("00 06 00 00 00 00 00 40"),
  "a4/01": hex("00 0e 00 00 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 00 00"),
  "a4/02": hex("00 0a 00 00 b0 b1 b2 b3 b4 00 00 00"),
  "a4/03": "05/24/00",
  "a4/04": hex("00 0a 00 00 f0 70 71 72 73 74 00 00"),
  "a4/05": hex("00 06 00 00 00 00 00 01"),
  "a4/06": "05/24/00",
  "a4/08": hex("00 06 00 00 65 fd 01 00"),
  "ad/01": hex("00 06 00 00 01 fd 00 00"),
  "ad/02": concat(hex("08 02 00 00"), new Uint8Array(2048).fill(0xd5)),
};

/** A drive where all is well, but for what `differences` say. */
export function drive(differences: Readonly<Record<string, Uint8Array | string>> = {}) {
  return scriptedDrive((cdb) => {
    const format = cdb[0] === 0xad ? cdb[7]! : cdb[10]! & 0x3f;
    const key = `${printed(cdb.subarray(0, 1))}/${format.toString(16).padStart(2, "0")}`;
    return differences[key] ?? goodReplies[key] ?? "";
  });
}

export function printed(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function decoded<Reply>({ decode }: Command<Reply>, data: Uint8Array): Promise<Reply> {
  return new Promise((resolve) => resolve(decode(data)));
}
