import { Writable } from "node:stream";
import pico from "picocolors";
import { describe, expect, it } from "vitest";

import { areaBar } from "../../src/cli/area-bar.js";
import { parseDuration } from "../../src/cli/durations.js";
import { parseFillPattern } from "../../src/cli/fill-pattern.js";
import { printable } from "../../src/cli/format.js";
import { Output } from "../../src/cli/output.js";
import { createProgress } from "../../src/cli/progress.js";
import { RateMeter } from "../../src/cli/rate-meter.js";
import { parseSpeed, speedFor } from "../../src/cli/read-speed.js";
import { RescueMap } from "../../src/imaging/rescue-map.js";

const plain = pico.createColors(false);

describe("a bar of areas", () => {
  it("shows the worst of each part", () => {
    const map = new RescueMap(1000 * 2048);
    map.set(0, 500 * 2048, "+");
    map.set(110 * 2048, 111 * 2048, "-");
    map.set(310 * 2048, 312 * 2048, "*");
    map.set(410 * 2048, 412 * 2048, "/");
    expect(areaBar(map, 10, plain)).toBe("█×█▒▒░░░░░");
  });

  it("is full only where all is done", () => {
    const map = new RescueMap(1000);
    map.set(0, 1000, "+");
    expect(areaBar(map, 4, plain)).toBe("████");
    expect(areaBar(new RescueMap(0), 4, plain)).toBe("░░░░");
  });
});

describe("a rate meter", () => {
  it("has the present rate, and does not count what was there before", () => {
    let now = 0;
    const meter = new RateMeter(10_000, () => now);
    meter.update(4_000);
    now = 1_000;
    meter.update(5_000);
    expect(meter.bytesPerSecond).toBe(1_000);
    expect(meter.secondsLeft).toBe(5);
    for (now = 2_000; now <= 10_000; now += 500) meter.update(5_100);
    expect(meter.bytesPerSecond).toBeLessThan(10);
  });

  it("has no rate at first", () => {
    const meter = new RateMeter(10, () => 0);
    expect(meter.bytesPerSecond).toBe(0);
    meter.update(10);
    expect(meter.secondsLeft).toBe(0);
  });
});

describe("the progress", () => {
  const terminal = (columns: number) => {
    let written = "";
    const stream = Object.assign(
      new Writable({
        write(text: Buffer, _encoding, done) {
          written += text.toString();
          done();
        },
      }),
      {
        isTTY: true,
        columns,
        cursorTo: () => (written += "\r"),
        clearLine: () => true,
        moveCursor: () => true,
      },
    );
    return { output: new Output(stream), text: () => written };
  };

  it.each([40, 80, 120])("fits a terminal of %d columns", (columns) => {
    const { output, text } = terminal(columns);
    const map = new RescueMap(4_700_000_000);
    map.set(0, 2_000_000_000, "+");
    map.set(2_000_000_000, 2_000_002_048, "-");
    const progress = createProgress(output, map.size, "DVD");
    progress.update({ bytesDone: 2_000_000_000, map, status: "-", pass: 2 });
    progress.stop();

    const lines = text()
      .split(/\r|\n|\u001b\[1G/)
      .map((line) => line.replace(/\u001b(\[[\d;?]*[A-Za-z]|[78])/g, ""));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(columns);
    expect(text()).toContain("42%");
    if (columns >= 80) expect(text()).toContain("retrying (2)  1 bad");
  });
});

describe("what is asked for in words", () => {
  it.each([
    ["90", 90_000],
    ["90s", 90_000],
    ["15m", 900_000],
    ["2h", 7_200_000],
  ])("takes a time of %s", (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(["", "m", "1d", "-1", "1.5h"])("refuses a time of %j", (text) => {
    expect(() => parseDuration(text)).toThrow("s, m or h");
  });

  it("takes a pattern as a text or as bytes", () => {
    expect(parseFillPattern("BAD")).toEqual(new TextEncoder().encode("BAD"));
    expect(parseFillPattern("0xDEADbeef")).toEqual(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    for (const text of ["", "0x", "0xabc", "0xgg"]) expect(() => parseFillPattern(text)).toThrow();
  });

  it("takes a speed as a multiple of the disc's single one", () => {
    expect(speedFor("DVD", parseSpeed("4x"))).toBe(5_540_000);
    expect(speedFor("CD", parseSpeed("min"))).toBe(153_600);
    expect(speedFor(undefined, parseSpeed("max"))).toBe("max");
    expect(() => speedFor(undefined, 4)).toThrow("leave the speed to it");
    for (const text of ["0", "fast", "4y", "-4"]) expect(() => parseSpeed(text)).toThrow();
  });
});

describe("a name from a disc", () => {
  it("is printed without moving the cursor, or turning the line around", () => {
    expect(printable("a\u001b[31mb\n\u202ec 日本")).toBe("a\\x1b[31mb\\x0a\\u202ec 日本");
  });
});
