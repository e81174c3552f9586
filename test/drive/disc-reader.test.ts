import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiscReader } from "../../src/drive/disc-reader.js";
import type { Executor } from "../../src/scsi/executor.js";
import type { Command } from "../../src/scsi/command.js";
import { TransportError } from "../../src/transport/errors.js";

const blockLength = 2048;

/** What is on the disc: every block begins with its own address. */
function fillBlocks(target: Uint8Array, lba: number): Uint8Array {
  for (let offset = 0; offset < target.length; offset += blockLength) {
    const block = lba + offset / blockLength;
    target.fill(block % 251, offset, offset + blockLength);
    target.set([block >> 24, block >> 16, block >> 8].slice(0, target.length - offset), offset);
  }
  return target;
}

/** Answers READ (10) as `misbehave` wants it: with fewer bytes, or with an error. */
function drive(misbehave: (bytes: number) => number | Error = (bytes) => bytes) {
  const asked: number[] = [];
  const executor: Executor = {
    async execute<Reply>(command: Command<Reply>): Promise<Reply> {
      const { lba = 0, transferLength, into } = command;
      asked.push(transferLength);
      await Promise.resolve();
      const bytes = misbehave(transferLength);
      if (bytes instanceof Error) throw bytes;
      const data = into?.subarray(0, bytes) ?? new Uint8Array(bytes);
      return command.decode(fillBlocks(data, lba));
    },
  };
  return { executor, asked };
}

async function readAll(
  reader: DiscReader,
  lba: number,
  blocks: number,
  recycle: boolean,
): Promise<number> {
  let next = lba;
  for await (const chunk of reader.read({ lba, blocks, recycle })) {
    // Later reads are let go ahead first: they must not touch the chunk that is being looked at.
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunk.length % blockLength).toBe(0);
    expect(Buffer.compare(chunk, fillBlocks(new Uint8Array(chunk.length), next))).toBe(0);
    next += chunk.length / blockLength;
  }
  return next - lba;
}

const tooLong = new TransportError("PHASE_ERROR", "READ (10)", "too long for it");

describe("DiscReader", () => {
  it("reads every block once, in growing commands", async () => {
    const { executor, asked } = drive();
    const reader = new DiscReader(executor, 1 << 20);
    expect(await readAll(reader, 100, 1000, false)).toBe(1000);
    expect(asked.map((bytes) => bytes / 1024)).toEqual([64, 128, 256, 512, 1024, 16]);
  });

  it("falls back where a command is too long for the drive, and remembers it", async () => {
    const { executor, asked } = drive((bytes) => (bytes > 128 * 1024 ? tooLong : bytes));
    const reader = new DiscReader(executor, 1 << 20);
    expect(await readAll(reader, 0, 400, false)).toBe(400);
    expect(asked.map((bytes) => bytes / 1024)).toEqual([64, 128, 256, 128, 128, 128, 128, 96]);
    asked.length = 0;
    await readAll(reader, 0, 64, false);
    expect(Math.max(...asked)).toBe(128 * 1024);
  });

  it("goes on behind a short read, with smaller commands", async () => {
    const { executor, asked } = drive((bytes) => Math.min(bytes, 100_000));
    const reader = new DiscReader(executor, 1 << 20);
    expect(await readAll(reader, 0, 300, false)).toBe(300);
    expect(asked.slice(0, 3).map((bytes) => bytes / 1024)).toEqual([64, 128, 64]);
  });

  it("never takes nothing for something", async () => {
    const reader = new DiscReader(drive(() => 2047).executor, 1 << 20);
    await expect(readAll(reader, 0, 300, false)).rejects.toMatchObject({ code: "SHORT_READ" });
  });

  it("passes on what no smaller command would cure", async () => {
    const failure = new Error("medium error");
    const { executor, asked } = drive(() => failure);
    await expect(readAll(new DiscReader(executor, 1 << 20), 0, 300, false)).rejects.toBe(failure);
    expect(asked).toHaveLength(1);
  });

  it("gives up where the smallest command fails too", async () => {
    const { executor, asked } = drive(() => tooLong);
    await expect(readAll(new DiscReader(executor, 1 << 20), 0, 300, false)).rejects.toBe(tooLong);
    expect(asked).toHaveLength(1);
  });

  it("brings the right bytes into recycled memory, however the drive behaves", async () => {
    const behaviour = fc.array(fc.oneof(fc.constant("ok"), fc.constant("fail"), fc.nat(200_000)));
    await fc.assert(
      fc.asyncProperty(behaviour, fc.integer({ min: 1, max: 700 }), async (script, blocks) => {
        const steps = [...script];
        const { executor } = drive((bytes) => {
          const step = steps.shift() ?? "ok";
          if (bytes <= 64 * 1024 || step === "ok") return bytes;
          return step === "fail" ? tooLong : Math.min(bytes, Math.max(step, blockLength));
        });
        expect(await readAll(new DiscReader(executor, 1 << 20), 7, blocks, true)).toBe(blocks);
      }),
      { numRuns: 100 },
    );
  });

  it("uses the same few pieces of memory where it may", async () => {
    const reader = new DiscReader(drive().executor, 64 * 1024);
    const memory = new Set<ArrayBufferLike>();
    for await (const { buffer } of reader.read({ lba: 0, blocks: 3200, recycle: true })) {
      memory.add(buffer);
    }
    expect(memory.size).toBe(2);
  });
});
