import { describe, expect, it } from "vitest";
import { SerialQueue } from "../src/serial-queue.js";

describe("SerialQueue", () => {
  it("runs one job at a time, in order, whatever becomes of each", async () => {
    const queue = new SerialQueue();
    const log: string[] = [];
    const job =
      (name: string, fails = false) =>
      async () => {
        log.push(`${name} starts`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([
      queue.run(job("first", true)),
      queue.run(job("second")),
      queue.run(job("third")),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(log).toEqual(
      ["first", "second", "third"].flatMap((name) => [`${name} starts`, `${name} ends`]),
    );
  });

  it("lets no job given in the meantime overtake one that waits", async () => {
    const queue = new SerialQueue();
    const order: number[] = [];
    const push = (n: number) => () => Promise.resolve(void order.push(n));
    const first = queue.run(push(1)).then(() => queue.run(push(3)));
    await Promise.all([first, queue.run(push(2))]);
    expect(order).toEqual([1, 2, 3]);
  });

  it("drops a waiting job whose signal aborts, and goes on with the next", async () => {
    const queue = new SerialQueue();
    const controller = new AbortController();
    let endFirst: () => void = () => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (endFirst = resolve)));
    const order: string[] = [];
    const dropped = queue.run(() => Promise.resolve(order.push("dropped")), controller.signal);
    const next = queue.run(() => Promise.resolve(order.push("next")));
    controller.abort(new Error("no longer"));
    await expect(dropped).rejects.toThrow("no longer");
    endFirst();
    await Promise.all([first, next]);
    expect(order).toEqual(["next"]);
  });

  it("does not run a job whose signal was aborted before", async () => {
    const ran = new SerialQueue().run(() => Promise.resolve(), AbortSignal.abort(new Error("no")));
    await expect(ran).rejects.toThrow("no");
  });
});
