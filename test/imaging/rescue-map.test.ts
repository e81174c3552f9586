import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatMapFile, parseMapFile } from "../../src/imaging/map-file.js";
import { RescueMap, type BlockStatus } from "../../src/imaging/rescue-map.js";

const statuses = fc.constantFrom<BlockStatus>("?", "*", "/", "-", "+");
const size = 64;
const changes = fc.array(
  fc.tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size }), statuses),
);

/** The same, a byte at a time. */
function applied(list: readonly [number, number, BlockStatus][]): [RescueMap, BlockStatus[]] {
  const map = new RescueMap(size);
  const bytes = Array.from({ length: size }, (): BlockStatus => "?");
  for (const [one, other, status] of list) {
    const [start, end] = [Math.min(one, other), Math.max(one, other)];
    map.set(start, end, status);
    bytes.fill(status, start, end);
  }
  return [map, bytes];
}

describe("a rescue map", () => {
  it("is gapless, and no two neighbours are alike", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const [map, bytes] = applied(list);
        let end = 0;
        let last: BlockStatus | undefined;
        for (const extent of map.extents) {
          expect(extent.start).toBe(end);
          expect(extent.end).toBeGreaterThan(extent.start);
          expect(extent.status).not.toBe(last);
          const same = bytes
            .slice(extent.start, extent.end)
            .every((byte) => byte === extent.status);
          expect(same).toBe(true);
          ({ end, status: last } = extent);
        }
        expect(end).toBe(size);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the next and the previous of a status, and sums them up", () => {
    fc.assert(
      fc.property(changes, statuses, fc.integer({ min: 0, max: size }), (list, status, from) => {
        const [map, bytes] = applied(list);
        const next = bytes.indexOf(status, from);
        expect(map.next(status, from)?.start ?? -1).toBe(next);
        const previous = from === 0 ? -1 : bytes.lastIndexOf(status, from - 1);
        expect((map.previous(status, from)?.end ?? 0) - 1).toBe(previous);
        const { bytes: sum } = map.summary(status);
        expect(sum).toBe(bytes.filter((byte) => byte === status).length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("refuses what is not within it", () => {
    const map = new RescueMap(10);
    for (const [start, end] of [
      [-1, 5],
      [5, 11],
      [6, 5],
    ] as const) {
      expect(() => map.set(start, end, "+")).toThrow(RangeError);
    }
  });
});

describe("a map file", () => {
  it("is what ddrescue writes", () => {
    const map = new RescueMap(0x200000);
    map.set(0, 0x117000, "+");
    map.set(0x117000, 0x117800, "-");
    const text = formatMapFile({ map, position: 0x117000, status: "/", pass: 1 }, "usb-dvd 1.2.3");
    expect(text).toBe(
      [
        "# Mapfile. Created by usb-dvd 1.2.3",
        "# Scraping failed blocks...",
        "# current_pos  current_status  current_pass",
        "0x00117000     /               1",
        "#      pos        size  status",
        "0x00000000  0x00117000  +",
        "0x00117000  0x00000800  -",
        "0x00117800  0x000E8800  ?",
        "",
      ].join("\n"),
    );
  });

  it("comes back from its text", () => {
    fc.assert(
      fc.property(changes, statuses, fc.nat(size), fc.nat(9), (list, status, position, pass) => {
        const [map] = applied(list);
        const file = { map, position, status, pass };
        const read = parseMapFile(formatMapFile(file, "a test"), "x.map");
        expect({ ...read, map: read.map.extents }).toEqual({ ...file, map: map.extents });
      }),
      { numRuns: 1_000 },
    );
  });

  it("may be an older one of ddrescue's", () => {
    const text = "# Rescue Logfile.\n0x1000 +\n0x0000 0x1000 +\n4096 010000 -\n";
    expect(parseMapFile(text, "x.map").map.extents).toEqual([
      { start: 0, end: 4096, status: "+" },
      { start: 4096, end: 8192, status: "-" },
    ]);
  });

  it.each([
    ["", "line 1 does not tell how far the rescue was"],
    ["hello world\n", "line 1 does not tell how far"],
    ["0x0 ? 1\n0x0 0x10 x\n", "line 2 does not give a position, a size and a status"],
    ["0x0 ? 1\n0x0 0x10\n", "line 2 does not give a position"],
    ["0x0 ? 1\n# c\n0x0 0x10 +\n0x20 0x10 +\n", "line 4 leaves a gap, or overlaps"],
    ["0x0 ? 1\n0x0 0x10 +\n0x8 0x10 +\n", "line 3 leaves a gap, or overlaps"],
    ["0x0 ? 1\n0x0 0xfffffffffffff0 +\n", "line 2 does not give a position"],
    ["0x0 ? 1\n0x0 0x1fffffffffffff +\n", "line 2 does not give a position"],
  ])("is refused where it makes no sense: %j", (text, problem) => {
    expect(() => parseMapFile(text, "x.map")).toThrow(
      expect.objectContaining({
        code: "MAP_UNREADABLE",
        path: "x.map",
        message: expect.stringContaining(problem) as string,
      }),
    );
  });
});
