import { describe, expect, it } from "vitest";
import { readAhead } from "../../src/drive/read-ahead.js";

/** Counts to `end`, and keeps how many calls have started and ended. */
function counter(end: number, failAt = Infinity) {
  const calls = { started: 0, ended: 0, overlapped: false };
  const next = async (): Promise<number | undefined> => {
    calls.overlapped ||= calls.started !== calls.ended;
    const value = ++calls.started;
    await Promise.resolve();
    calls.ended++;
    if (value === failAt) throw new Error(`at ${value}`);
    return value > end ? undefined : value;
  };
  return { calls, next };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("readAhead", () => {
  it("yields everything in order, one fetch at a time", async () => {
    const { calls, next } = counter(20);
    const values: number[] = [];
    for await (const value of readAhead(next, 3)) values.push(value);
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(calls.overlapped).toBe(false);
  });

  it("fetches as far ahead as it was told, and no further", async () => {
    const { calls, next } = counter(20);
    const reader = readAhead(next, 3);
    await reader.next();
    await settle();
    expect(calls.ended).toBe(4);
    await reader.return();
  });

  it("hands out what came before a failure, then the failure", async () => {
    const { calls, next } = counter(20, 4);
    const values: number[] = [];
    const reading = (async () => {
      for await (const value of readAhead(next, 3)) values.push(value);
    })();
    await expect(reading).rejects.toThrow("at 4");
    expect(values).toEqual([1, 2, 3]);
    expect(calls.started).toBe(4);
  });

  it("has nothing under way any more once its consumer has left", async () => {
    const { calls, next } = counter(20);
    for await (const value of readAhead(next, 3)) if (value === 2) break;
    const { started, ended } = calls;
    expect(started).toBe(ended);
    await settle();
    expect(calls.started).toBe(started);
  });
});
