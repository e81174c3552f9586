import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { commandWithoutData, type Command } from "../../src/scsi/command.js";
import { LogicalUnit, type LogicalUnitOptions } from "../../src/scsi/logical-unit.js";
import { read10 } from "../../src/scsi/read.js";
import { readCapacity } from "../../src/scsi/read-capacity.js";
import {
  isSenseError,
  MissingSenseError,
  RequestSenseError,
  SenseError,
} from "../../src/scsi/sense-error.js";
import type { Sense } from "../../src/scsi/sense.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import type {
  CommandBlock,
  CommandOutcome,
  CommandTransport,
  ExecuteOptions,
} from "../../src/transport/command-transport.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { hex } from "../bytes.js";

/** What the device does with a command: `ok`, sense data as `key/asc/ascq`, bytes, or an error. */
type Answer = string | Uint8Array | Error | Promise<string>;

/** A device that answers from a script, and keeps its sense data until the next command. */
class ScriptedTransport implements CommandTransport {
  readonly device = {
    vendorId: 0x1234,
    productId: 0x5678,
    location: "1-1",
    speed: "high",
  } as const;
  readonly maxTransferBytes = 65_536;
  readonly maxLun = 0;
  /** The commands that came, by name, with the time they were given. */
  readonly log: string[] = [];
  readonly timeouts: (number | undefined)[] = [];
  #sense: Answer = "00/00/00";
  readonly #script: Answer[];

  constructor(...script: Answer[]) {
    this.#script = script;
  }

  async execute(
    lun: number,
    block: CommandBlock,
    options: ExecuteOptions = {},
  ): Promise<CommandOutcome> {
    expect(lun).toBe(0);
    this.log.push(block.name);
    this.timeouts.push(options.timeoutMs);
    if (block.name === "REQUEST SENSE") return this.#reportSense();
    const answer = await (this.#script.shift() ?? "ok");
    if (answer instanceof Error) throw answer;
    if (answer instanceof Uint8Array) return passed(answer);
    if (answer === "ok") return passed(new Uint8Array(0));
    // `01/17/01+aabb` is sense data behind data; `explain` takes the sense data from the script.
    const [codes = "", data = ""] = answer.split("+");
    this.#sense = codes === "explain" ? (this.#script.shift() ?? "refused") : codes;
    return { status: "failed", data: hex(data), residue: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #reportSense(): CommandOutcome {
    const sense = this.#sense;
    this.#sense = "00/00/00";
    if (sense instanceof Error) throw sense;
    if (sense instanceof Uint8Array) return passed(sense);
    if (sense === "refused") return { status: "failed", data: hex(""), residue: 18 };
    const [key, asc, ascq] = (sense as string).split("/");
    return passed(hex(`70 00 ${key} 00 00 00 00 0a 00 00 00 00 ${asc} ${ascq} 00 00 00 00`));
  }
}

function passed(data: Uint8Array): CommandOutcome {
  return { status: "passed", data, residue: 0 };
}

function unitWith(answers: Answer[], options?: LogicalUnitOptions) {
  const transport = new ScriptedTransport(...answers);
  return { unit: new LogicalUnit(transport, options), transport };
}

/** The error that `promise` rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it was expected to fail"),
    (error: unknown) => error,
  );
}

const harmful: Command = commandWithoutData("SPEND A CHANGE", hex("00 00 00 00 00 00"), {
  neverRepeat: true,
});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a command that passes", () => {
  it("returns its reply, and costs nothing more", async () => {
    const { unit, transport } = unitWith([hex("00 00 00 0f 00 00 08 00")]);
    await expect(unit.execute(readCapacity())).resolves.toEqual({ blocks: 16, blockLength: 2048 });
    expect(transport.log).toEqual(["READ CAPACITY (10)"]);
    expect(transport.timeouts).toEqual([60_000]);
  });
});

describe("a command that fails", () => {
  it("throws what its sense data says", async () => {
    const { unit, transport } = unitWith(["03/11/00"]);
    const error = await failureOf(unit.execute(read10(99, 1)));
    expect(error).toBeInstanceOf(SenseError);
    expect(error).toMatchObject({ code: "SENSE", lba: 99, senseKey: 3, asc: 0x11, ascq: 0 });
    expect(transport.log).toEqual(["READ (10)", "REQUEST SENSE"]);
    expect(transport.timeouts).toEqual([60_000, 10_000]);
  });

  it("lets nothing of ours between it and its sense data", async () => {
    let fail: (answer: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => {
      fail = resolve;
    });
    const { unit, transport } = unitWith([slow, "ok"]);
    const first = failureOf(unit.execute(read10(0, 1)));
    const second = unit.execute(testUnitReady());
    fail("05/24/00");
    expect(isSenseError(await first, "invalidField")).toBe(true);
    await second;
    expect(transport.log).toEqual(["READ (10)", "REQUEST SENSE", "TEST UNIT READY"]);
  });

  it("is a hardware error, and not repeated, where there is no sense data", async () => {
    const { unit, transport } = unitWith(["00/00/00"]);
    const error = await failureOf(unit.execute(read10(0, 1)));
    expect(error).toBeInstanceOf(MissingSenseError);
    expect(isSenseError(error, "hardwareError")).toBe(true);
    expect(transport.log).toEqual(["READ (10)", "REQUEST SENSE"]);
  });

  it("passes with its data where the error was recovered", async () => {
    const { unit } = unitWith(["01/17/01+aabb"]);
    await expect(unit.execute(read10(0, 1))).resolves.toEqual(hex("aa bb"));
  });

  it("does not take a deferred recovered error for its own success", async () => {
    const { unit } = unitWith(["explain", hex("71 00 01 00 00 00 00 0a 00 00 00 00 17 01")]);
    expect(await failureOf(unit.execute(read10(0, 1)))).toMatchObject({
      sense: { deferred: true, senseKey: 1 },
    });
  });
});

describe("REQUEST SENSE that fails", () => {
  it.each([
    ["is refused", "refused"],
    ["times out", new UsbTimeoutError("REQUEST SENSE", 10_000)],
    ["is answered with rubbish", hex("00 00 00")],
  ])("where it %s, throws an error that names the command", async (_how, answer) => {
    const { unit, transport } = unitWith(["explain", answer]);
    const error = await failureOf(unit.execute(read10(5, 1)));
    expect(error).toBeInstanceOf(RequestSenseError);
    expect(error).toMatchObject({ code: "REQUEST_SENSE_FAILED", command: "READ (10)" });
    expect((error as Error).message).toContain("READ (10) at LBA 5 failed");
    if (answer instanceof Error) expect((error as Error).cause).toBe(answer);
    expect(transport.log).toEqual(["READ (10)", "REQUEST SENSE"]);
  });

  it("leaves it plain that the drive has gone", async () => {
    const gone = new UsbDisconnectedError("REQUEST SENSE");
    const { unit } = unitWith(["explain", gone]);
    expect(await failureOf(unit.execute(read10(5, 1)))).toBe(gone);
  });
});

describe("a unit attention", () => {
  it("is announced, and the command repeated", async () => {
    const { unit, transport } = unitWith(["06/29/00", "06/28/00", hex("01 02")]);
    const heard: Sense[] = [];
    unit.on("unitAttention", (sense) => heard.push(sense));
    await expect(unit.execute(read10(0, 1))).resolves.toEqual(hex("01 02"));
    expect(heard.map(({ asc }) => asc)).toEqual([0x29, 0x28]);
    expect(transport.log.filter((name) => name === "READ (10)")).toHaveLength(3);
  });

  it("is thrown where it comes a fourth time", async () => {
    const { unit, transport } = unitWith(["06/29/00", "06/28/00", "06/3f/01", "06/2a/00", "ok"]);
    const error = await failureOf(unit.execute(read10(0, 1)));
    expect(error).toMatchObject({ senseKey: 6, asc: 0x2a });
    expect(transport.log.filter((name) => name === "READ (10)")).toHaveLength(4);
  });

  it("is thrown at once where the command must not be sent twice", async () => {
    const { unit, transport } = unitWith(["06/28/00", "ok"]);
    let heard = 0;
    unit.on("unitAttention", () => heard++);
    expect(isSenseError(await failureOf(unit.execute(harmful)), "mediumChanged")).toBe(true);
    expect(heard).toBe(1);
    expect(transport.log).toEqual(["SPEND A CHANGE", "REQUEST SENSE"]);
  });
});

describe("a unit that is becoming ready", () => {
  it.each(["02/04/01", "02/04/07", "02/04/08"])(
    "(%s) is polled every 250 ms, and the command repeated",
    async (codes) => {
      const { unit, transport } = unitWith([codes, codes, "ok", hex("aa")]);
      const reading = unit.execute(read10(0, 1));
      await vi.advanceTimersByTimeAsync(249);
      expect(transport.log).toEqual(["READ (10)", "REQUEST SENSE"]);
      await vi.advanceTimersByTimeAsync(1);
      expect(transport.log.slice(2)).toEqual(["TEST UNIT READY", "REQUEST SENSE"]);
      await vi.advanceTimersByTimeAsync(250);
      expect(transport.log.slice(4)).toEqual(["TEST UNIT READY", "READ (10)"]);
      await expect(reading).resolves.toEqual(hex("aa"));
    },
  );

  it("is waited for as long as the unit's option says, and then told of the command", async () => {
    const { unit, transport } = unitWith(Array<string>(200).fill("02/04/01"), {
      becomingReadyTimeoutMs: 1_000,
    });
    const failure = failureOf(unit.execute(read10(8, 1)));
    await vi.advanceTimersByTimeAsync(1_000);
    const error = await failure;
    expect(isSenseError(error, "becomingReady")).toBe(true);
    expect(error).toMatchObject({ command: "READ (10)", lba: 8 });
    expect(transport.log.filter((name) => name === "TEST UNIT READY")).toHaveLength(4);
  });

  it("is waited for 30 s by default", async () => {
    const { unit, transport } = unitWith(Array<string>(200).fill("02/04/01"));
    const failure = failureOf(unit.execute(read10(8, 1)));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(isSenseError(await failure, "becomingReady")).toBe(true);
    expect(transport.log.filter((name) => name === "TEST UNIT READY")).toHaveLength(120);
  });

  it("ends the wait where it turns out that there is no disc", async () => {
    const { unit } = unitWith(["02/04/01", "02/3a/01", "ok"]);
    const failure = failureOf(unit.execute(read10(8, 1)));
    await vi.advanceTimersByTimeAsync(250);
    const error = await failure;
    expect(isSenseError(error, "mediumNotPresent")).toBe(true);
    expect(error).toMatchObject({ command: "READ (10)", cause: { command: "TEST UNIT READY" } });
  });

  it.each([
    ["TEST UNIT READY", testUnitReady()],
    ["a command that must not be sent twice", harmful],
  ])("is no reason to wait for %s", async (_what, command) => {
    const { unit, transport } = unitWith(["02/04/01", "ok"]);
    expect(isSenseError(await failureOf(unit.execute(command)), "becomingReady")).toBe(true);
    expect(transport.log).toEqual([command.name, "REQUEST SENSE"]);
  });

  it("does not keep other commands from the unit", async () => {
    const { unit, transport } = unitWith(["02/04/01", hex("bb"), "ok", hex("aa")]);
    const waiting = unit.execute(read10(0, 1));
    await vi.advanceTimersByTimeAsync(100);
    await expect(unit.execute(read10(1, 1))).resolves.toEqual(hex("bb"));
    await vi.advanceTimersByTimeAsync(150);
    await expect(waiting).resolves.toEqual(hex("aa"));
    expect(transport.log).toHaveLength(5);
  });
});

describe("the caller's limits", () => {
  it("hold for all of a command together", async () => {
    const { unit, transport } = unitWith(Array<string>(200).fill("02/04/01"));
    const failure = failureOf(unit.execute(read10(0, 1), { timeoutMs: 600 }));
    await vi.advanceTimersByTimeAsync(500);
    expect(isSenseError(await failure, "becomingReady")).toBe(true);
    expect(transport.timeouts).toEqual([600, 600, 350, 350, 100, 100]);
  });

  it("abort the wait for a unit that is becoming ready", async () => {
    const { unit } = unitWith(Array<string>(200).fill("02/04/01"));
    const controller = new AbortController();
    const failure = failureOf(unit.execute(read10(0, 1), { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(100);
    controller.abort(new Error("enough"));
    expect(await failure).toMatchObject({ message: "enough" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("take a command out of the queue", async () => {
    const never = new Promise<string>(() => undefined);
    const { unit, transport } = unitWith([never]);
    void unit.execute(read10(0, 1));
    const controller = new AbortController();
    const failure = failureOf(unit.execute(testUnitReady(), { signal: controller.signal }));
    controller.abort(new Error("enough"));
    expect(await failure).toMatchObject({ message: "enough" });
    expect(transport.log).toEqual(["READ (10)"]);
  });
});
