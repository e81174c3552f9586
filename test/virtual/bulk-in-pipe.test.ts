import { describe, expect, it } from "vitest";
import { BulkInPipe } from "../../src/virtual/bulk-in-pipe.js";
import type { BulkInOutcome } from "../../src/virtual/bulk-transfer.js";

function pipeOf512() {
  const ended: string[] = [];
  let drained = 0;
  const pipe = new BulkInPipe(512, () => drained++);
  const submit = (name: string, length: number) =>
    pipe.submit(length, ({ status, data }: BulkInOutcome) =>
      ended.push(`${name} ${status} ${data.length}`),
    );
  return { pipe, ended, submit, drains: () => drained };
}

const some = (length: number) => Uint8Array.from({ length }, (_, index) => index);

describe("a bulk-IN transfer", () => {
  it("waits for data, as do those behind it", () => {
    const { pipe, ended, submit } = pipeOf512();
    submit("a", 1024);
    submit("b", 13);
    expect(ended).toEqual([]);
    pipe.put(some(1024));
    expect(ended).toEqual(["a ok 1024"]);
    pipe.put(some(13));
    expect(ended).toEqual(["a ok 1024", "b ok 13"]);
  });

  it("ends with a short packet, but not between whole ones", () => {
    const { pipe, ended, submit } = pipeOf512();
    submit("short", 1024);
    pipe.put(some(36));
    submit("whole", 2048);
    pipe.put(some(512));
    expect(ended).toEqual(["short ok 36"]);
    pipe.put(some(13));
    expect(ended).toEqual(["short ok 36", "whole ok 525"]);
  });

  it("takes part of what there is, up to whole packets", () => {
    const { pipe, ended, submit, drains } = pipeOf512();
    pipe.put(some(2000));
    submit("a", 512);
    submit("b", 1024);
    expect(drains()).toBe(0);
    submit("c", 512);
    expect(ended).toEqual(["a ok 512", "b ok 1024", "c ok 464"]);
    expect(drains()).toBe(1);
  });

  it("babbles on a packet that is larger than its room", () => {
    const { pipe, ended, submit } = pipeOf512();
    pipe.put(some(36));
    submit("too small", 13);
    submit("empty", 0);
    submit("a packet", 512);
    expect(ended).toEqual(["too small babble 0", "empty babble 0", "a packet ok 36"]);
    pipe.put(some(1024));
    submit("a packet and a half", 768);
    expect(ended[3]).toBe("a packet and a half babble 512");
  });

  it("gets bytes of its own, in order", () => {
    const outcomes: Uint8Array[] = [];
    const pipe = new BulkInPipe(512, () => undefined);
    const data = some(1024);
    pipe.submit(1024, (outcome) => outcomes.push(outcome.data));
    pipe.put(data.subarray(0, 512));
    pipe.put(data.subarray(512));
    expect(outcomes).toEqual([data]);
    outcomes[0]!.fill(0);
    expect(data[511]).toBe(255);
  });

  it("is cancelled with what it has, and what is behind it goes on", () => {
    const { pipe, ended, submit } = pipeOf512();
    const first = submit("a", 1024);
    submit("b", 13);
    pipe.put(some(512));
    first.cancel();
    first.cancel();
    pipe.put(some(13));
    expect(ended).toEqual(["a cancelled 512", "b ok 13"]);
  });

  it("stalls when the endpoint halts, as do all behind it until it is cleared", () => {
    const { pipe, ended, submit } = pipeOf512();
    submit("a", 1024);
    submit("b", 13);
    pipe.put(some(512));
    pipe.put("halt");
    expect(ended).toEqual(["a stall 512", "b stall 0"]);
    submit("c", 13);
    pipe.put(some(13));
    expect(ended).toEqual(["a stall 512", "b stall 0", "c stall 0"]);
    expect(pipe.halted).toBe(true);
    pipe.clearHalt();
    submit("d", 13);
    expect(ended[3]).toBe("d ok 13");
  });

  it("gets all that was written before a halt", () => {
    const { pipe, ended, submit } = pipeOf512();
    pipe.put(some(600));
    pipe.put("halt");
    submit("a", 512);
    submit("b", 512);
    submit("c", 512);
    expect(ended).toEqual(["a ok 512", "b ok 88", "c stall 0"]);
  });

  it("may be submitted from within another's completion", () => {
    const order: string[] = [];
    const pipe = new BulkInPipe(512, () => undefined);
    pipe.put(some(512));
    pipe.put(some(13));
    pipe.submit(512, () => {
      order.push("data");
      pipe.submit(13, ({ data }) => order.push(`status of ${data.length}`));
    });
    expect(order).toEqual(["data", "status of 13"]);
  });
});
