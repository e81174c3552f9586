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

  /** The size it comes to where a command takes so long, in milliseconds. */
  function settledKiB(elapsed: (kibibytes: number) => number): number {
    const sizing = new TransferSizing(16 * 1024 * KiB, 2048);
    for (let command = 0; command < 50; command++) {
      sizing.succeeded(elapsed(sizing.bytes / KiB));
    }
    return sizing.bytes / KiB;
  }

  it("stops to grow where the drive is all that takes time", () => {
    expect(settledKiB((kibibytes) => kibibytes)).toBe(128); // 1 MB/s: tried once, to no avail
    expect(settledKiB((kibibytes) => kibibytes / 16)).toBe(1024);
  });

  it("grows on as long as the way to the drive is what takes time", () => {
    const roundTripMs = 100;
    expect(settledKiB((kibibytes) => roundTripMs + kibibytes / 16)).toBe(8192);
  });

  it("grows no more once a command takes a second", () => {
    expect(settledKiB(() => 1_000)).toBe(64);
    expect(settledKiB(() => 999)).toBe(16 * 1024);
  });

  it("does not take one slow command for what all of them are like", () => {
    const sizing = new TransferSizing(1024 * KiB, 2048);
    sizing.succeeded(3_000); // the disc spins up
    expect(sizing.bytes).toBe(64 * KiB);
    sizing.succeeded(10);
    expect(sizing.bytes).toBe(128 * KiB);
  });

  it("keeps to whole blocks and to a bridge's limit", () => {
    expect(new TransferSizing(32 * KiB, 2048).bytes).toBe(32 * KiB);
    expect(new TransferSizing(1024 * KiB, 2352).bytes % 2352).toBe(0);
    expect(new TransferSizing(33 * KiB, 2048).bytes).toBe(32 * KiB);
  });
});
