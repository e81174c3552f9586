import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { MapFile } from "../../src/imaging/map-file.js";
import { formatMapFile, parseMapFile } from "../../src/imaging/map-file.js";
import { Rescue, type RescueOptions, type RescueSink } from "../../src/imaging/rescue.js";
import { RescueMap } from "../../src/imaging/rescue-map.js";
import {
  blockBytes,
  blockOf,
  ScratchedDisc,
  senseError,
  type Scratches,
} from "./scratched-disc.js";

/** A file in memory, and the map as it was last saved. */
class MemorySink implements RescueSink {
  readonly image: Buffer;
  saved: string;

  constructor(blocks: number) {
    this.image = Buffer.alloc(blocks * blockBytes);
    this.saved = formatMapFile(
      { map: new RescueMap(this.image.length), position: 0, status: "?", pass: 1 },
      "a test",
    );
  }

  write(position: number, data: Uint8Array): Promise<void> {
    this.image.set(data, position);
    return Promise.resolve();
  }

  note(state: MapFile): Promise<void> {
    this.saved = formatMapFile(state, "a test");
    return Promise.resolve();
  }

  get map(): RescueMap {
    return parseMapFile(this.saved, "memory").map;
  }
}

const lbas = (...numbers: readonly number[]): ReadonlySet<number> => new Set(numbers);
const range = (first: number, last: number): ReadonlySet<number> =>
  new Set(Array.from({ length: last - first + 1 }, (_, index) => first + index));

async function rescue(blocks: number, scratches: Scratches, options?: RescueOptions) {
  const sink = new MemorySink(blocks);
  const disc = new ScratchedDisc(scratches);
  const work = new Rescue(disc, sink, new RescueMap(blocks * blockBytes), options);
  const outcome = await work.run();
  return { sink, disc, outcome, map: sink.map };
}

/** Where the map has a status, in blocks, both ends included. */
function areas(map: RescueMap, status: string): [number, number][] {
  return map.extents
    .filter((extent) => extent.status === status)
    .map(({ start, end }) => [start / blockBytes, end / blockBytes - 1]);
}

describe("a rescue", () => {
  it("copies a disc without a scratch in one go", async () => {
    const { outcome, map, disc } = await rescue(1000, {});
    expect(outcome).toEqual({ protectedBytes: 0, timeIsUp: false });
    expect(map.isComplete).toBe(true);
    expect(disc.reads.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(1000);
  });

  it("reads what is wanted, and leaves the rest untried", async () => {
    const ranges = [
      { start: 100 * blockBytes, end: 150 * blockBytes },
      { start: 900 * blockBytes, end: 1000 * blockBytes },
    ];
    const { map, disc } = await rescue(1000, { bad: lbas(120, 950) }, { ranges });
    expect(areas(map, "-")).toEqual([
      [120, 120],
      [950, 950],
    ]);
    expect(areas(map, "?")).toEqual([
      [0, 99],
      [150, 899],
    ]);
    const isWanted = (lba: number): boolean => (lba >= 100 && lba < 150) || lba >= 900;
    expect(disc.reads.every(({ lba, blocks }) => isWanted(lba) && isWanted(lba + blocks - 1))).toBe(
      true,
    );
  });

  it("reads across no layer break", async () => {
    const layerBreak = 503;
    for (const bad of [lbas(), lbas(490, 510), range(495, 510)]) {
      const { disc, map } = await rescue(1000, { bad }, { layerBreak: layerBreak * blockBytes });
      const crossing = disc.reads.filter(
        ({ lba, blocks }) => lba < layerBreak && lba + blocks > layerBreak,
      );
      expect(crossing).toEqual([]);
      expect(map.summary("-").bytes).toBe(bad.size * blockBytes);
    }
  });

  it("ends when its time is up, between two commands, and goes on", async () => {
    const sink = new MemorySink(1000);
    const disc = new ScratchedDisc({});
    const clock = vi.spyOn(performance, "now").mockImplementation(() => disc.reads.length * 100);
    try {
      const map = new RescueMap(1000 * blockBytes);
      const outcome = await new Rescue(disc, sink, map, { maxTimeMs: 1_000 }).run();
      expect(outcome.timeIsUp).toBe(true);
      expect(disc.reads).toHaveLength(10);
      expect(sink.map.summary("+").bytes).toBe(160 * blockBytes);
      const again = await new Rescue(disc, sink, sink.map, { maxTimeMs: 100_000 }).run();
      expect(again.timeIsUp).toBe(false);
      expect(sink.map.isComplete).toBe(true);
    } finally {
      clock.mockRestore();
    }
  });

  it("has the drive made slower before it tries again, if there is anything to try", async () => {
    const slower: number[] = [];
    const options = (disc: ScratchedDisc): RescueOptions => ({
      retries: 2,
      beforeRetries: () => Promise.resolve(void slower.push(disc.reads.length)),
    });
    for (const bad of [lbas(), lbas(7)]) {
      const disc = new ScratchedDisc({ bad });
      await new Rescue(
        disc,
        new MemorySink(100),
        new RescueMap(100 * blockBytes),
        options(disc),
      ).run();
      if (bad.size > 0) expect(slower).toEqual([disc.reads.length - 2]);
      else expect(slower).toEqual([]);
    }
  });

  it("finds the bad sectors, and all that is good around them", async () => {
    const bad = new Set([...lbas(0, 100, 999), ...range(400, 420)]);
    const { sink, map } = await rescue(1000, { bad });
    expect(areas(map, "-")).toEqual([
      [0, 0],
      [100, 100],
      [400, 420],
      [999, 999],
    ]);
    expect(map.summary("+").bytes).toBe((1000 - bad.size) * blockBytes);
    for (let lba = 0; lba < 1000; lba++) {
      const found = sink.image.subarray(lba * blockBytes, (lba + 1) * blockBytes);
      expect(found.equals(bad.has(lba) ? Buffer.alloc(blockBytes) : blockOf(lba)), `${lba}`).toBe(
        true,
      );
    }
  });

  it("jumps ahead where the disc is bad, and reads no bad sector twice before all others", async () => {
    const { disc } = await rescue(10_000, { bad: range(1000, 3000) });
    const firstPass = disc.reads.filter(({ blocks }) => blocks > 1);
    const inBadArea = firstPass.filter(({ lba }) => lba >= 1000 && lba <= 3000);
    // Two thousand sectors, of which large reads have touched a few places only in the first pass.
    const untilEnd = disc.reads.findIndex(({ lba }) => lba + 16 >= 10_000);
    const before = disc.reads.slice(0, untilEnd).filter(({ lba }) => lba >= 1000 && lba <= 3000);
    expect(before.length).toBeLessThan(10);
    expect(inBadArea.length).toBeGreaterThan(before.length);
  });

  it("tries again as often as it is told to, forwards and backwards in turn", async () => {
    const reluctant = new Map([
      [50, 4],
      [60, 9],
    ]);
    const { map } = await rescue(200, { reluctant }, { retries: 3 });
    expect(areas(map, "-")).toEqual([[60, 60]]);
    const patient = await rescue(200, { reluctant }, { retries: 9 });
    expect(patient.map.isComplete).toBe(true);
  });

  it("leaves what the large reads fail on, where only those are wanted", async () => {
    const { map } = await rescue(1000, { bad: lbas(500) }, { onlyCopy: true });
    expect(areas(map, "-")).toEqual([]);
    expect(map.summary("*").bytes).toBeGreaterThan(0);
    expect(map.summary("?").bytes).toBe(0);
  });

  it("does not take protected sectors for damage, nor asks for each of them", async () => {
    const { map, outcome, disc } = await rescue(
      5000,
      { guarded: range(1000, 3999) },
      { retries: 5 },
    );
    expect(outcome.protectedBytes).toBe(3000 * blockBytes);
    expect(areas(map, "-")).toEqual([
      [1000, 1000],
      [3999, 3999],
    ]);
    expect(areas(map, "/")).toEqual([[1001, 3998]]);
    expect(map.summary("+").bytes).toBe(2000 * blockBytes);
    const single = disc.reads.filter(
      ({ lba, blocks }) => blocks === 1 && lba >= 1000 && lba < 4000,
    );
    expect(single.length).toBeLessThan(40);
  });

  it.each(["02 3a 00", "06 28 00"])("ends, and can be resumed, at sense %s", async (codes) => {
    const sink = new MemorySink(100);
    const disc = new ScratchedDisc({});
    const source = {
      async *read(asked: Parameters<ScratchedDisc["read"]>[0]) {
        for await (const chunk of disc.read(asked)) {
          if (disc.reads.length === 3) throw senseError(codes);
          yield chunk;
        }
      },
    };
    const work = new Rescue(source, sink, new RescueMap(100 * blockBytes));
    await expect(work.run()).rejects.toMatchObject({ code: "SENSE" });
    expect(areas(sink.map, "+")).toEqual([[0, 31]]);
    expect(areas(sink.map, "?")).toEqual([[32, 99]]);
    await new Rescue(disc, sink, sink.map).run();
    expect(sink.map.isComplete).toBe(true);
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const sink = new MemorySink(100);
    const disc = new ScratchedDisc({});
    const reason = new Error("enough");
    sink.note = (state) => {
      if (state.map.summary("+").bytes >= 48 * blockBytes) controller.abort(reason);
      return MemorySink.prototype.note.call(sink, state);
    };
    const { signal } = controller;
    const work = new Rescue(disc, sink, new RescueMap(100 * blockBytes), { signal });
    await expect(work.run()).rejects.toBe(reason);
    expect(areas(sink.map, "+")).toEqual([[0, 47]]);
  });

  it("is right whatever is bad, and wherever it crashes and goes on", async () => {
    const blocks = 300;
    const lba = fc.nat(blocks - 1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(lba, { maxLength: 40 }),
        fc.array(fc.tuple(lba, fc.nat(6)), { maxLength: 10 }),
        fc.array(lba, { maxLength: 10 }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        async (badList, reluctantList, guardedList, crashes) => {
          const bad = new Set(badList);
          const guarded = new Set(guardedList);
          const reluctant = new Map(reluctantList);
          const disc = new ScratchedDisc({ bad, guarded, reluctant });
          const sink = new MemorySink(blocks);
          for (const crash of crashes) {
            let calls = 0;
            const counting: RescueSink = {
              write: (position, data) => {
                if (calls++ >= crash) throw new Error("crash");
                return sink.write(position, data);
              },
              note: (state) => {
                if (calls++ >= crash) throw new Error("crash");
                return sink.note(state);
              },
            };
            await new Rescue(disc, counting, sink.map, { retries: 1 })
              .run()
              .catch((error: unknown) => {
                expect(error).toMatchObject({ message: "crash" });
              });
          }
          await new Rescue(disc, sink, sink.map, { retries: 10 }).run();
          for (let at = 0; at < blocks; at++) {
            const isLost = bad.has(at) || guarded.has(at);
            const status = sink.map.statusAt(at * blockBytes);
            if (status === "/") {
              // Left unread for the sake of one that the drive refuses.
              expect(guardedList.some((other) => Math.abs(other - at) < 64)).toBe(true);
              continue;
            }
            expect(status).toBe(isLost ? "-" : "+");
            const found = sink.image.subarray(at * blockBytes, (at + 1) * blockBytes);
            if (!isLost) expect(found.equals(blockOf(at))).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
