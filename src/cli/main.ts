#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { listUsbDrives, UsbHotplug } from "../usb/libusb/index.js";
import { InterruptedError } from "./errors.js";
import { Output } from "./output.js";
import { runCommandLine } from "./program.js";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interruption.abort(new InterruptedError(signal)));
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => interruption.abort(new InterruptedError("SIGPIPE")));
}

const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { version: string };

/** The answer comes from where it was asked: what stands on standard output may be for a program. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}

process.exitCode = await runCommandLine(process.argv.slice(2), version, {
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  stdin: process.stdin,
  listDrives: listUsbDrives,
  async watchDrives({ attached, detached }) {
    const hotplug = new UsbHotplug().on("attached", attached).on("detached", detached);
    await hotplug.start();
    return hotplug;
  },
  signal: interruption.signal,
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
});
