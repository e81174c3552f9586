import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import type { RescueMap } from "../../src/imaging/rescue-map.js";
import { streamDisc, type StreamDiscOptions } from "../../src/imaging/stream-disc.js";
import { UsbDisconnectedError } from "../../src/usb/errors.js";
import { blockBytes, blockOf, ScratchedDisc, type Scratches } from "./scratched-disc.js";

const blocks = 500;

async function stream(scratches: Scratches, options: Partial<StreamDiscOptions> = {}) {
  const disc = new ScratchedDisc(scratches);
  const pieces: Buffer[] = [];
  const write = (data: Uint8Array): Promise<void> => {
    pieces.push(Buffer.from(data));
    return Promise.resolve();
  };
  const result = await streamDisc(disc, write, { blocks, ...options });
  return { disc, result, output: Buffer.concat(pieces) };
}

/** What a whole disc is, with a text in place of some blocks. */
function expected(gaps: Iterable<number>, fill = "\0", first = 0, count = blocks): Buffer {
  const missing = new Set(gaps);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      missing.has(first + index) ? Buffer.alloc(blockBytes, fill) : blockOf(first + index),
    ),
  );
}

describe("streamDisc", () => {
  it("hands on the whole disc in order", async () => {
    const { output, result } = await stream({});
    expect(output.equals(expected([]))).toBe(true);
    expect(result).toMatchObject({
      bytes: blocks * blockBytes,
      missingBytes: 0,
      missing: [],
      hashes: { sha256: createHash("sha256").update(output).digest("hex") },
    });
  });

  it("hands on a range of it", async () => {
    const { output, result } = await stream({}, { range: { lba: 100, blocks: 3 } });
    expect(output.equals(expected([], "", 100, 3))).toBe(true);
    expect(result).toMatchObject({ bytes: 3 * blockBytes, missingBytes: 0, missing: [] });
  });

  it("tells how much of a range is still to come", async () => {
    const left: number[] = [];
    const range = { lba: 100, blocks: 48 };
    const onProgress = (map: RescueMap): void =>
      void left.push(map.summary("?").bytes / blockBytes);
    await stream({}, { range, onProgress });
    expect(left).toEqual([48, 32, 16, 0]);
  });

  it("fills what cannot be read, and nothing besides", async () => {
    const bad = new Set([0, 33, 34, 499]);
    const { output, result } = await stream({ bad }, { fill: Buffer.from("BAD!") });
    expect(output.equals(expected(bad, "BAD!"))).toBe(true);
    expect(result.missingBytes).toBe(4 * blockBytes);
    expect(result.missing).toEqual([
      { lba: 0, endLba: 1, status: "bad" },
      { lba: 33, endLba: 35, status: "bad" },
      { lba: 499, endLba: 500, status: "bad" },
    ]);
  });

  it("tries again as often as asked for", async () => {
    const reluctant = new Map([[50, 4]]); // a large read, one by one, and twice more
    expect((await stream({ reluctant }, { retries: 2 })).result.missingBytes).toBe(blockBytes);
    expect((await stream({ reluctant }, { retries: 3 })).result.missingBytes).toBe(0);
  });

  it("does not try again where that is not wanted", async () => {
    const { result, disc } = await stream({ bad: new Set([50]) }, { onlyCopy: true });
    expect(result.missing).toEqual([{ lba: 48, endLba: 80, status: "bad" }]);
    expect(disc.reads.every(({ blocks: count }) => count > 1)).toBe(true);
  });

  it("asks once in 64 KiB for what the drive keeps to itself", async () => {
    const guarded = new Set(Array.from({ length: 96 }, (_, index) => 96 + index));
    const { result, disc } = await stream({ guarded });
    expect(result).toMatchObject({
      missingBytes: 96 * blockBytes,
      protectedBytes: 96 * blockBytes,
    });
    const refused = disc.reads.filter(({ lba }) => guarded.has(lba));
    expect(refused.length).toBeLessThan(10);
  });

  it("ends with the drive, and with the output", async () => {
    const gone = new UsbDisconnectedError("usb:1-1");
    const drive = {
      // eslint-disable-next-line @typescript-eslint/require-await -- it fails first
      async *read(): AsyncGenerator<Uint8Array, void, void> {
        throw gone;
      },
    };
    await expect(streamDisc(drive, () => Promise.resolve(), { blocks })).rejects.toBe(gone);
    const full = (): Promise<void> => Promise.reject(new Error("EPIPE"));
    await expect(streamDisc(new ScratchedDisc({}), full, { blocks })).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
    });
  });
});
