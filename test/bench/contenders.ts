import { writeFileSync } from "node:fs";

import { sh } from "../guest/support/shell.js";
import { discDevice } from "../guest/support/sysfs.js";
import { readWithUsbDvd } from "./reader.js";

/** Reads the first `bytes` of the disc in the drive at `location`, and returns the seconds it took. */
export type Contender = (location: string, bytes: number) => Promise<number>;

export const megabyte = 2 ** 20;

/** The first is what the others are compared with. */
export const contenders: Readonly<Record<string, Contender>> = {
  "dd bs=1M": async (location, bytes) => dd(await discDevice(location), bytes),
  "dd bs=1M iflag=direct": async (location, bytes) =>
    dd(await discDevice(location), bytes, "iflag=direct"),
  "usb-dvd": readWithUsbDvd,
};

/** Reads from a device of the kernel's, and returns the seconds that the reading took. */
export async function dd(
  device: string,
  bytes: number,
  ...operands: readonly string[]
): Promise<number> {
  // What was read before must be read again.
  writeFileSync("/proc/sys/vm/drop_caches", "3");
  const words = [`if=${device}`, "of=/dev/null", "bs=1M", `count=${bytes / megabyte}`, ...operands];
  const { status, stderr } = await sh(`dd "$@"`, words, { timeoutMs: 300_000 });
  const report = /^(\d+) bytes .* copied, ([\d.e-]+) s,/m.exec(stderr);
  if (status !== 0 || Number(report?.[1]) !== bytes) throw new Error(`dd failed: ${stderr}`);
  return Number(report?.[2]);
}
