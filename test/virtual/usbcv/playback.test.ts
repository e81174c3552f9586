import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { concat, hex } from "../../bytes.js";
import { IN, OUT, UsbHost } from "../usb-host.js";
import { SmallDisk } from "./small-disk.js";

/**
 * Where a compliant device answers otherwise than the one of the log, of which USBCV then said that it
 * was wrong or that both would do. Bulk-Only Transport 1.0, 6.7, and 3.1 for what a reset leaves.
 */
const compliant: Readonly<Record<string, string>> = {
  // Shorter data, told by a stall and by the residue.
  "cbw 80 1024 28000000000000000100 in residue 0 status 0 warned":
    "data-stalls residue 512 status 0",
  "cbw 80 512 28000000000000000200 in residue 0 status 0 warned": "residue 0 status 2",
  // Data that nobody wanted are not taken.
  "cbw 00 512 000000000000 out residue 0 status 1": "data-stalls residue 512 status 0",
  "cbw 00 1024 2a000000000000000100 out residue 0 status 0 warned":
    "data-stalls residue 512 status 0",
  "cbw 00 512 2a000000000000000200 out residue 0 status 0 warned":
    "data-stalls residue 512 status 2",
  // A Bulk-Only Mass Storage Reset leaves halted pipes halted.
  "status out 0": "1",
  "status in 0": "1",
};

const sections = readFileSync(join(import.meta.dirname, "high-speed.txt"), "utf8")
  .replace(/^#.*\n/gm, "")
  .trim()
  .split(/\n(?=test )/)
  .map((section) => section.trim().split("\n"));

describe("the transport tests of USBCV", () => {
  it.each(sections.map(([title = "", ...lines]) => [title, lines] as const))("%s", (_, lines) => {
    const host = new UsbHost(new SmallDisk());
    for (const line of lines) {
      const [asked, answered] = play(host, line);
      const expected =
        compliant[line] ??
        line
          .slice(asked.length)
          .trim()
          .replace(/^(in|out) /, "");
      expect(`${asked}: ${answered}`).toBe(`${asked}: ${expected}`);
      // As the log says: after a phase error, and where a reset leaves a pipe halted, it recovers.
      if (answered.endsWith("status 2")) host.recover();
      if (asked.startsWith("status") && compliant[line] !== undefined) {
        host.clearHalt(asked === "status in" ? IN : OUT);
      }
    }
  });
});

const ready = "00 0 000000000000";

/** Does what a line says; returns that part of the line, and what came of it. */
function play(host: UsbHost, line: string): [asked: string, answered: string] {
  const words = line.split(" ");
  const [verb = "", first = ""] = words;
  switch (verb) {
    case "get-max-lun":
      return [verb, String(host.control("A1 FE 0000 0000 0100").data[0])];
    case "get-max-lun-refused":
      expect(host.control(refused[`${verb} ${first}`] ?? "").status).toBe("stall");
      return [line, ""];
    case "reset":
      host.massStorageReset();
      return [line, ""];
    case "reset-refused":
      expect(host.control(refused[`${verb} ${first}`] ?? "").status).toBe("stall");
      return [line, ""];
    case "bad-cbw":
      return [`${verb} ${first}`, host.out(badCbw(first)).outcome?.status ?? "nothing"];
    case "csw":
      return [verb, host.in(13).outcome?.status ?? "nothing"];
    case "ready-cbw":
      return [verb, host.out(wrapper(ready.split(" "))).outcome?.status ?? "nothing"];
    case "status":
      return [`${verb} ${first}`, host.isHalted(first === "in" ? IN : OUT) ? "1" : "0"];
    case "clear":
      host.clearHalt(first === "in" ? IN : OUT);
      return [line, ""];
    case "cbw":
      return [words.slice(0, 4).join(" "), exchange(host, words.slice(1))];
    case "padded-cbw":
      return [words.slice(0, 5).join(" "), exchange(host, words.slice(2), parseInt(first, 16))];
    default:
      throw new Error(`The log has no "${verb}".`);
  }
}

/** The requests of 3.1 and 3.2 with a field that is wrong: setup packets. */
const refused: Readonly<Record<string, string>> = {
  "get-max-lun-refused wIndex": "A1 FE 0000 0100 0100",
  "get-max-lun-refused wValue": "A1 FE 0100 0000 0100",
  "get-max-lun-refused wLength=0": "A1 FE 0000 0000 0000",
  "get-max-lun-refused wLength=2": "A1 FE 0000 0000 0200",
  "reset-refused wIndex": "21 FF 0000 0100 0000",
  "reset-refused wValue": "21 FF 0100 0000 0000",
  "reset-refused wLength=1": "21 FF 0000 0000 0100",
};

/** A command with its three phases: what stalled, the residue and the status. */
function exchange(host: UsbHost, words: readonly string[], padding = 0): string {
  const [flags = "", length = ""] = words;
  const bytes = Number(length);
  expect(host.out(wrapper(words, padding)).outcome?.status).toBe("ok");
  let stalls = false;
  if (bytes > 0) {
    const isIn = flags === "80";
    const endpoint = isIn ? IN : OUT;
    const { outcome } = isIn ? host.in(bytes) : host.out(new Uint8Array(bytes));
    stalls = outcome?.status === "stall";
    if (stalls) {
      expect(host.isHalted(endpoint)).toBe(true);
      host.clearHalt(endpoint);
    }
  }
  let csw = host.in(13).outcome;
  if (csw?.status === "stall") {
    // The data ended on a packet's border, and the halt comes next.
    stalls = true;
    host.clearHalt(IN);
    csw = host.in(13).outcome;
  }
  const view = new DataView((csw?.data ?? new Uint8Array(13)).buffer);
  expect(view.getUint32(0)).toBe(0x55534253);
  const residue = view.getUint32(8, true);
  return `${stalls ? "data-stalls " : ""}residue ${residue} status ${view.getUint8(12)}`;
}

function wrapper([flags = "", length = "", cdb = ""]: readonly string[], padding = 0): Uint8Array {
  const block = hex(cdb);
  const header = new DataView(new ArrayBuffer(15));
  header.setUint32(0, 0x55534243);
  header.setUint32(4, 1, true);
  header.setUint32(8, Number(length), true);
  header.setUint8(12, parseInt(flags, 16));
  header.setUint8(14, block.length);
  const pad = new Uint8Array(16 - block.length).fill(padding);
  return concat(new Uint8Array(header.buffer), block, pad);
}

function badCbw(kind: string): Uint8Array {
  const cbw = wrapper(ready.split(" "));
  if (kind === "short") return cbw.subarray(0, 30);
  if (kind === "long") return concat(cbw, new Uint8Array(1));
  return cbw.map((byte, index) => (index === 0 ? 0xff : byte));
}
