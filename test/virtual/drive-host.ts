import { hex } from "../bytes.js";
import { discFromBytes, type Disc, type DiscOptions } from "../../src/virtual/disc.js";
import { VirtualDrive, type VirtualDriveOptions } from "../../src/virtual/drive.js";
import type { Reply } from "../../src/virtual/reply.js";

/** A disc of `blocks` blocks, each filled with its own number. */
export function numberedDisc(blocks: number, options?: DiscOptions): Disc {
  const image = new Uint8Array(blocks * 2048);
  for (let lba = 0; lba < blocks; lba++) image.fill(lba, lba * 2048, (lba + 1) * 2048);
  return discFromBytes(image, options);
}

/** A drive whose power-on unit attention has been fetched. */
export function readyDrive(options: VirtualDriveOptions = {}): VirtualDrive {
  const drive = new VirtualDrive(options);
  run(drive, "00 00 00 00 00 00");
  return drive;
}

/** Runs a command, typed as the standard prints it, on a drive that answers at once. */
export function run(drive: VirtualDrive, cdb: string, parameters = "", hostLength?: number): Reply {
  const reply = drive.execute(hex(cdb), hex(parameters), hostLength);
  if (reply instanceof Promise) throw new TypeError("The drive did not answer at once.");
  return reply;
}

/** The data of a command that has to succeed. */
export function dataOf(drive: VirtualDrive, cdb: string, parameters?: string): Uint8Array {
  const reply = run(drive, cdb, parameters);
  if (reply.status !== 0x00) throw new Error(`${cdb} failed with ${senseText(reply)}.`);
  return reply.dataIn;
}

/** As `run`, on a drive that takes its time. */
export const ask = async (drive: VirtualDrive, cdb: string, parameters = ""): Promise<Reply> =>
  drive.execute(hex(cdb), hex(parameters));

/** What became of a command, on a drive that takes its time: its data, or its sense. */
export async function outcomeOf(drive: VirtualDrive, cdb: string, parameters?: string) {
  const reply = await ask(drive, cdb, parameters);
  return reply.status === 0x00 ? reply.dataIn : senseText(reply);
}

/** Sense key, ASC and ASCQ as the standards write them, `05/24/00`; `good` when there are none. */
export function senseOf(drive: VirtualDrive, cdb: string, parameters?: string): string {
  return senseText(run(drive, cdb, parameters));
}

export function senseText({ status, sense }: Reply): string {
  if (status === 0x00) return "good";
  const { key = 0, asc = 0, ascq = 0 } = sense ?? {};
  return [key, asc, ascq].map((value) => value.toString(16).padStart(2, "0")).join("/");
}
