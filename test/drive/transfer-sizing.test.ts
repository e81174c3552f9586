import { describe, expect, it } from "vitest";
import { TransferSizing } from "../../src/drive/transfer-sizing.js";

const KiB = 1024;

describe("TransferSizing", () => {
  it("starts at 64 KiB and doubles up to the limit", () => {
    const sizing = new TransferSizing(1024 * KiB, 2048);
    const sizes = Array.from({ length: 6 }, () => {
      const { bytes } = sizing;
      sizing.succeeded(1);
      return bytes / KiB;
    });
    expect(sizes).toEqual([64, 128, 256, 512, 1024, 1024]);
  });

  it("falls back by half and never tries the failed size again", () => {
    const sizing = new TransferSizing(1024 * KiB, 2048);
    sizing.succeeded(1);
    sizing.succeeded(1);
    expect(sizing.failed()).toBe(true);
    expect(sizing.bytes).toBe(128 * KiB);
    sizing.succeeded(1);
    expect(sizing.bytes).toBe(128 * KiB);
  });

  it("says when the size cannot be to blame", () => {
    expect(new TransferSizing(1024 * KiB, 2048).failed()).toBe(false);
  });

  it("does not grow while commands are slow", () => {
    const sizing = new TransferSizing(1024 * KiB, 2048);
    sizing.succeeded(50);
    expect(sizing.bytes).toBe(64 * KiB);
  });

  it("keeps to whole blocks and to a bridge's limit", () => {
    expect(new TransferSizing(32 * KiB, 2048).bytes).toBe(32 * KiB);
    expect(new TransferSizing(1024 * KiB, 2352).bytes % 2352).toBe(0);
    expect(new TransferSizing(33 * KiB, 2048).bytes).toBe(32 * KiB);
  });
});
