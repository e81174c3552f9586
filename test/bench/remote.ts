/**
 * Runs in a guest: a virtual drive behind USB/IP, at both ends of a network that takes its time, read
 * by the kernel (`vhci-hcd`, `usb-storage` and `dd`) and by this package's client. Prints a table for
 * each round trip.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";

import { runCommandLine } from "../../src/cli/program.js";
import { Output } from "../../src/cli/output.js";
import { openUsbIp } from "../../src/usb/usbip/index.js";
import { DriveServer } from "../guest/support/drive-server.js";
import { output } from "../guest/support/shell.js";
import { discDevice } from "../guest/support/sysfs.js";
import { attachUsbIp } from "../guest/support/vhci.js";
import { dd, megabyte } from "./contenders.js";
import { readFrom } from "./reader.js";
import { median, table } from "./table.js";

const rounds = 5;
const image = "/mnt/image";
const copy = "/mnt/copy";

/** Milliseconds of round trip, and how much there is to read. */
const links = [
  { roundTripMs: 0, bytes: 128 * megabyte },
  { roundTripMs: 10, bytes: 32 * megabyte },
];

/** Reads the first `bytes` from the drive that is served at a TCP port; the seconds that it took. */
type RemoteContender = (port: number, bytes: number) => Promise<number>;

const contenders: Readonly<Record<string, RemoteContender>> = {
  "vhci-hcd, dd bs=1M": async (port, bytes) => {
    await using attached = await attachUsbIp(port);
    return await dd(await discDevice(attached.location), bytes);
  },
  "usb-dvd, to nowhere": async (port, bytes) => {
    const address = { host: "127.0.0.1", port, busId: "1-1" };
    return readFrom(await openUsbIp(address), bytes);
  },
  // All that the command does: opening, hashing, and a file.
  "usb-dvd read": async (port) => {
    const silent = new Output(new Writable({ write: (_text, _encoding, done) => done() }));
    const started = performance.now();
    const drive = `usbip://127.0.0.1:${port}/1-1`;
    const exitCode = await runCommandLine(["read", copy, "--force", "--drive", drive], "0.0.0", {
      stdout: silent,
      stderr: silent,
      listDrives: () => Promise.resolve([]),
      watchDrives: () => Promise.reject(new Error("nothing is watched")),
      signal: new AbortController().signal,
    });
    if (exitCode !== 0) throw new Error(`usb-dvd read ended with ${exitCode}`);
    return (performance.now() - started) / 1000;
  },
};

async function measure(server: DriveServer, { roundTripMs, bytes }: (typeof links)[number]) {
  writeFileSync(image, "");
  // Piece by piece: in User Mode Linux each page that a process has counts against a limit.
  const piece = Buffer.alloc(megabyte, "content");
  for (let written = 0; written < bytes; written += megabyte) appendFileSync(image, piece);
  const port = await server.call("serve", { disc: { path: image } });
  const delay = [`${roundTripMs / 2}ms`, "limit", "100000"];
  if (roundTripMs > 0) await output(`tc qdisc add dev lo root netem delay "$@"`, ...delay);
  const measuredMs = await roundTrip(port);
  const seconds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of Object.entries(contenders)) {
      seconds.get(name)?.push(await read(port, bytes));
    }
  }
  if (roundTripMs > 0) await output("tc qdisc del dev lo root");
  const title = `USB/IP, a round trip of ${roundTripMs} ms (measured: ${measuredMs.toFixed(1)} ms)`;
  console.log(`${table(title, bytes, seconds)}\n`);
}

/** Milliseconds that a connection takes to be made. */
async function roundTrip(port: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    times.push(performance.now() - started);
    socket.destroy();
  }
  return median(times);
}

await output("ip link set lo up");
await using server = await DriveServer.start(join(import.meta.dirname, "drive-server.mjs"));
for (const link of links) await measure(server, link);
