import { describe, expect, it } from "vitest";

import { SpeedCurve } from "../../src/imaging/speed-curve.js";
import { speedGraph } from "../../src/imaging/speed-graph.js";

describe("a speed curve", () => {
  it("has the rate of each part that was read", () => {
    const curve = new SpeedCurve(1_000_000); // 500 parts of 2,000 bytes
    curve.add(0, 1_000, 1);
    curve.add(1_000, 1_000, 3);
    curve.add(998_000, 2_000, 1);
    expect(curve.samples).toEqual([
      { position: 0, bytesPerSecond: 500_000 },
      { position: 998_000, bytesPerSecond: 2_000_000 },
    ]);
  });
});

describe("a speed graph", () => {
  const facts = {
    title: `DVD-ROM in <A & B>`,
    size: 4_700_000_000,
    samples: [
      { position: 0, bytesPerSecond: 5_000_000 },
      { position: 2_350_000_000, bytesPerSecond: 10_000_000 },
    ],
    missing: [
      { lba: 1000, endLba: 1001, status: "bad" as const },
      { lba: 2_000_000, endLba: 2_200_000, status: "nonTried" as const },
    ],
    singleSpeed: 1_385_000,
  };

  it("draws the speed from the left edge on, with the fastest at the top", () => {
    const svg = speedGraph(facts);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 960 400"/);
    // From x 64 to 896, y 344 to 48 for 0 to 10 MB/s.
    expect(svg).toContain(`<path d="M64,196L480,48" fill="none"`);
    expect(svg).toContain(">7.2x</text>"); // 10 MB/s of 1.385 MB/s
  });

  it("marks what is missing, each sector of it", () => {
    const svg = speedGraph(facts);
    expect(svg).toContain("<title>blocks 1000 to 1000: bad</title>");
    expect(svg).toMatch(/width="1.5" height="296" fill="#dc2626"/);
    expect(svg).toContain("<title>blocks 2000000 to 2199999: nonTried</title>");
  });

  it("says what it is of, and breaks at no character of it", () => {
    expect(speedGraph(facts)).toContain("<title>DVD-ROM in &#60;A &#38; B&#62;</title>");
  });

  it("can be drawn of nothing", () => {
    const empty = { title: "", size: 0, samples: [], missing: [] };
    expect(speedGraph(empty)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
