import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatRate, formatSpeed } from "../../src/cli/format.js";

describe("formatting", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.00 KiB"],
    [1_005_568, "982.0 KiB"],
    [4_700_372_992, "4.38 GiB"],
    [8_540_000_000_000_000, "7767.1 TiB"],
  ])("%i bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, "0:00"],
    [59.2, "1:00"],
    [245, "4:05"],
    [3723, "1:02:03"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it("gives rates in powers of ten, and speeds by the medium", () => {
    expect(formatRate(22_160_000)).toBe("22.2 MB/s");
    expect(formatSpeed(22_160_000, "DVD")).toBe("16.0x");
    expect(formatSpeed(153_600 * 24, "CD")).toBe("24.0x");
    expect(formatSpeed(54_000_000, "BD")).toBe("12.0x");
  });
});
