import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BulkOnlyTransport } from "../../src/transport/bulk-only-transport.js";
import type { CommandBlock } from "../../src/transport/command-transport.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { concat, hex } from "../bytes.js";
import { ScriptedConnection, type InAnswer } from "./scripted-connection.js";

const read: CommandBlock = {
  name: "READ (10)",
  cdb: hex("28 00 00 00 00 10 00 00 01 00"),
  direction: "in",
  transferLength: 2048,
};
const ready: CommandBlock = {
  name: "TEST UNIT READY",
  cdb: new Uint8Array(6),
  direction: "none",
  transferLength: 0,
};
const send: CommandBlock = {
  name: "SEND KEY",
  cdb: hex("a3 00 00 00 00 00 00 00 00 08 06 00"),
  direction: "out",
  transferLength: 8,
  data: hex("00 06 00 00 fe 00 00 00"),
};

const block = new Uint8Array(2048).fill(0x5a);

/** A CSW as Bulk-Only Transport 5.2 prints it. */
function csw(tag: number, status = 0, residue = 0): Uint8Array {
  const wrapper = hex("55 53 42 53 00 00 00 00 00 00 00 00 00");
  const view = new DataView(wrapper.buffer);
  view.setUint32(4, tag, true);
  view.setUint32(8, residue, true);
  wrapper[12] = status;
  return wrapper;
}

async function open(
  connection: ScriptedConnection,
  ...inAnswers: InAnswer[]
): Promise<BulkOnlyTransport> {
  const transport = await BulkOnlyTransport.open(connection);
  connection.log.length = 0;
  connection.inAnswers = inAnswers;
  return transport;
}

const recovery = ["request ff", "clear in", "clear out"];

describe("Bulk-Only Transport", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  describe("the command block wrapper", () => {
    it("is the 31 bytes of clause 5.1", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, csw(1), csw(2));
      await transport.execute(3, read);
      await transport.execute(0, send);
      expect(connection.sent[0]).toEqual(
        hex(`55534243 01000000 00080000 80 03 0a
             28000000001000000100 000000000000`),
      );
      expect(connection.sent[1]).toEqual(
        hex(`55534243 02000000 08000000 00 00 0c
             a30000000000000000080600 00000000`),
      );
    });

    it.each([0, 17])("refuses a command block of %i bytes and sends nothing", async (length) => {
      const connection = new ScriptedConnection();
      const transport = await open(connection);
      const impossible = { ...ready, cdb: new Uint8Array(length) };
      await expect(transport.execute(0, impossible)).rejects.toThrow(RangeError);
      expect(connection.log).toEqual([]);
    });
  });

  describe("the order of the phases", () => {
    it("hands all three over together where the connection queues", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, "silence");
      const reading = transport.execute(0, read, { timeoutMs: 10 });
      const rejected = expect(reading).rejects.toThrow(UsbTimeoutError);
      await Promise.resolve();
      expect(connection.log).toEqual(["out 31", "in 2048", "in 13"]);
      await vi.advanceTimersByTimeAsync(10);
      await rejected;
    });

    it("awaits each one where the connection does not queue", async () => {
      const connection = new ScriptedConnection({ queuesTransfers: false });
      connection.outAnswers = ["silence"];
      const transport = await open(connection);
      const reading = transport.execute(0, read, { timeoutMs: 10 });
      const rejected = expect(reading).rejects.toThrow(UsbTimeoutError);
      await vi.advanceTimersByTimeAsync(10);
      await rejected;
      expect(connection.log).toEqual(["out 31"]);
    });

    it("holds the status back where a bridge is known to lose it", async () => {
      const connection = new ScriptedConnection({ info: { vendorId: 0x46f4, productId: 1 } });
      const transport = await open(connection, "silence");
      const reading = transport.execute(0, read, { timeoutMs: 10 });
      const rejected = expect(reading).rejects.toThrow(UsbTimeoutError);
      await vi.advanceTimersByTimeAsync(10);
      await rejected;
      expect(connection.log).toEqual(["out 31", "in 2048"]);
    });

    it("queues no status behind data that may stall, where it could not be cancelled", async () => {
      const connection = new ScriptedConnection({ cancelsTransfers: false });
      const transport = await open(connection, "stall", csw(1, 0, 2048), csw(2), csw(3));
      await transport.execute(0, read);
      expect(connection.log).toEqual(["out 31", "in 2048", "clear in", "in 13"]);
      connection.log.length = 0;
      await transport.execute(0, send);
      await transport.execute(0, ready);
      expect(connection.log).toEqual(["out 31", "out 8", "in 13", "out 31", "in 13"]);
    });

    it("gives a slow bridge its time, and no transfers in advance", async () => {
      const connection = new ScriptedConnection({ info: { vendorId: 0x05e3, productId: 0x0701 } });
      const transport = await open(connection, block, csw(1));
      const reading = transport.execute(0, read);
      await vi.advanceTimersByTimeAsync(0);
      expect(connection.log).toEqual(["out 31"]);
      await vi.advanceTimersByTimeAsync(1);
      expect(await reading).toMatchObject({ status: "passed" });
      expect(connection.log).toEqual(["out 31", "in 2048", "in 13"]);
      expect(transport.maxTransferBytes).toBe(32 * 1024);
    });

    it("never sends a second CBW before the CSW of the first", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, csw(1), block, csw(2), csw(3));
      await Promise.all([
        transport.execute(0, read),
        transport.execute(0, read),
        transport.execute(0, ready),
      ]);
      expect(connection.log).toEqual([
        ...["out 31", "in 2048", "in 13"],
        ...["out 31", "in 2048", "in 13"],
        ...["out 31", "in 13"],
      ]);
    });
  });

  describe("outcomes", () => {
    it("hands out the data without a copy", async () => {
      const transport = await open(new ScriptedConnection(), block, csw(1));
      const { status, data, residue } = await transport.execute(0, read);
      expect({ status, residue }).toEqual({ status: "passed", residue: 0 });
      expect(data.buffer).toBe(block.buffer);
    });

    it("says that a command failed, and keeps what it sent", async () => {
      const transport = await open(
        new ScriptedConnection(),
        block.subarray(0, 512),
        csw(1, 1, 1536),
      );
      const { status, data, residue } = await transport.execute(0, read);
      expect({ status, length: data.length, residue }).toEqual({
        status: "failed",
        length: 512,
        residue: 1536,
      });
    });

    it("drops the padding that the residue reveals (6.7.2, case 5)", async () => {
      const transport = await open(new ScriptedConnection(), block, csw(1, 0, 2044));
      const { data, residue } = await transport.execute(0, read);
      expect({ length: data.length, residue }).toEqual({ length: 4, residue: 2044 });
    });

    it("counts a short transfer as residue where the device does not", async () => {
      const transport = await open(new ScriptedConnection(), block.subarray(0, 100), csw(1));
      expect((await transport.execute(0, read)).residue).toBe(1948);
    });

    it("does not believe the residue of a bridge that lies", async () => {
      const connection = new ScriptedConnection({ info: { vendorId: 0x152d, productId: 0x2329 } });
      const transport = await open(connection, block, csw(1, 0, 2048));
      expect((await transport.execute(0, read)).data).toEqual(block);
    });
  });

  describe("stalls", () => {
    it("clears a stalled data phase and reads the status", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "stall", "silence", csw(1, 1, 2048));
      expect(await transport.execute(0, read)).toMatchObject({ status: "failed", residue: 2048 });
      expect(connection.log).toEqual([
        "out 31",
        "in 2048",
        "in 13",
        "cancelled in 13",
        "clear in",
        "in 13",
      ]);
    });

    it("clears a stalled data-out phase on the other pipe", async () => {
      const connection = new ScriptedConnection();
      connection.outAnswers = ["ok", "stall"];
      const transport = await open(connection, csw(1, 1, 8));
      expect(await transport.execute(0, send)).toMatchObject({ status: "failed", residue: 8 });
      expect(connection.log).toEqual(["out 31", "out 8", "in 13", "clear out"]);
    });

    it("reads a stalled status once more (5.3.3)", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, "stall", csw(1));
      expect(await transport.execute(0, read)).toMatchObject({ status: "passed" });
      expect(connection.log.slice(3)).toEqual(["clear in", "in 13"]);
    });

    it("gives up on a status that stalls twice, and recovers before the next command", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, "stall", "stall", csw(2));
      await expect(transport.execute(0, read)).rejects.toMatchObject({ code: "INVALID_STATUS" });
      connection.log.length = 0;
      await transport.execute(0, ready);
      expect(connection.log).toEqual([...recovery, "out 31", "in 13"]);
    });

    it("gives up on a command block that is stalled (6.6.1), and recovers", async () => {
      const connection = new ScriptedConnection();
      connection.outAnswers = ["stall"];
      const transport = await open(connection, "silence", "silence", csw(2));
      await expect(transport.execute(0, read)).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
      expect(connection.log.slice(3)).toEqual(["cancelled in 2048", "cancelled in 13"]);
      connection.log.length = 0;
      await transport.execute(0, ready);
      expect(connection.log).toEqual([...recovery, "out 31", "in 13"]);
    });
  });

  describe("odd statuses", () => {
    it.each([0, 512, 1024])("finds a CSW that comes after %i bytes of data", async (length) => {
      const connection = new ScriptedConnection();
      const early = concat(block.subarray(0, length), csw(1, 1, 2048 - length));
      const transport = await open(connection, early, "silence");
      const { status, data } = await transport.execute(0, read);
      expect({ status, length: data.length }).toEqual({ status: "failed", length });
      expect(connection.log.slice(3)).toEqual(["cancelled in 13"]);
    });

    it("takes data that only resembles a CSW for data", async () => {
      const lookalike = concat(block.subarray(0, 512), csw(99));
      const transport = await open(new ScriptedConnection(), lookalike, csw(1));
      expect((await transport.execute(0, read)).data).toEqual(lookalike);
    });

    it("reads again where an empty packet comes in place of the status", async () => {
      const transport = await open(new ScriptedConnection(), block, new Uint8Array(0), csw(1));
      expect(await transport.execute(0, read)).toMatchObject({ status: "passed" });
    });

    it.each([
      ["phase error", csw(1, 2), "PHASE_ERROR"],
      ["wrong signature", hex("55534243 01000000 00000000 00"), "INVALID_STATUS"],
      ["tag of another command", csw(7), "INVALID_STATUS"],
      ["12 bytes", csw(1).subarray(0, 12), "INVALID_STATUS"],
      ["unknown status", csw(1, 3), "INVALID_STATUS"],
      ["residue larger than the request", csw(1, 0, 2049), "INVALID_STATUS"],
      ["babble", "babble", "INVALID_STATUS"],
    ] as const)("refuses a status with %s, and recovers", async (_what, answer, code) => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, answer, csw(2));
      await expect(transport.execute(0, read)).rejects.toMatchObject({ code });
      connection.log.length = 0;
      await transport.execute(0, ready);
      expect(connection.log).toEqual([...recovery, "out 31", "in 13"]);
    });

    it("refuses more data than was asked for, and recovers", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "babble", "silence", csw(2));
      await expect(transport.execute(0, read)).rejects.toMatchObject({ code: "BABBLE" });
      await transport.execute(0, ready);
      expect(connection.log).toEqual([
        ...["out 31", "in 2048", "in 13", "cancelled in 13"],
        ...recovery,
        ...["out 31", "in 13"],
      ]);
    });
  });

  describe("a queued status that is lost", () => {
    it("is read anew after a second, and never queued again", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, block, "silence", csw(1), block, csw(2));
      const reading = transport.execute(0, read);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await reading).toMatchObject({ status: "passed" });
      expect(connection.log.slice(3)).toEqual(["cancelled in 13", "in 13"]);

      connection.log.length = 0;
      connection.outAnswers = ["silence"];
      const next = expect(transport.execute(0, read, { timeoutMs: 10 })).rejects.toThrow();
      await vi.advanceTimersByTimeAsync(10);
      await next;
      expect(connection.log).toEqual(["out 31", "in 2048"]);
    });
  });

  describe("deadlines and cancellation", () => {
    it("cancels all phases at the deadline, and recovers before the next command", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "silence", "silence", csw(2));
      const reading = expect(transport.execute(0, read, { timeoutMs: 300 })).rejects.toMatchObject({
        code: "USB_TIMEOUT",
      });
      await vi.advanceTimersByTimeAsync(300);
      await reading;
      connection.log.length = 0;
      await transport.execute(0, ready);
      expect(connection.log).toEqual([...recovery, "out 31", "in 13"]);
    });

    it("rejects with the reason of the signal, once every transfer is over", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "silence", "silence", csw(2));
      const controller = new AbortController();
      const reason = new Error("enough");
      const reading = transport.execute(0, read, { signal: controller.signal });
      await vi.advanceTimersByTimeAsync(0);
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
      expect(connection.log.slice(3)).toEqual(["cancelled in 2048", "cancelled in 13"]);
    });

    it("starts no phase more once it is given up, though the one under way ends by itself", async () => {
      const connection = new ScriptedConnection({ queuesTransfers: false });
      const transport = await open(connection, block, "silence");
      const controller = new AbortController();
      vi.spyOn(connection, "transferOut").mockImplementation((data) => {
        controller.abort(new Error("enough"));
        return Promise.resolve({ status: "ok", bytesWritten: data.length });
      });
      const { signal } = controller;
      await expect(transport.execute(0, read, { signal })).rejects.toThrow("enough");
      expect(connection.log).toEqual([]);
    });

    it("sends nothing where the signal is aborted before the command's turn", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection);
      const controller = new AbortController();
      const reading = transport.execute(0, read, { signal: controller.signal });
      controller.abort(new Error("too soon"));
      await expect(reading).rejects.toThrow("too soon");
      expect(connection.log).toEqual([]);
    });

    it("takes a waiting command out of the queue without touching the one under way", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "silence", csw(1));
      const first = expect(transport.execute(0, read, { timeoutMs: 50 })).rejects.toThrow();
      const controller = new AbortController();
      const second = transport.execute(0, ready, { signal: controller.signal });
      controller.abort(new Error("not any more"));
      await expect(second).rejects.toThrow("not any more");
      expect(connection.log).toEqual(["out 31", "in 2048", "in 13"]);
      await vi.advanceTimersByTimeAsync(50);
      await first;
    });

    it.each(["stall", "silence", new Error("broken pipe")] as const)(
      "resets the port where the class reset ends in %s",
      async (answer) => {
        const connection = new ScriptedConnection();
        connection.resetAnswer = answer;
        const transport = await open(connection, csw(1, 2), csw(2));
        await expect(transport.execute(0, ready)).rejects.toMatchObject({ code: "PHASE_ERROR" });
        connection.log.length = 0;
        const next = transport.execute(0, ready);
        await vi.advanceTimersByTimeAsync(2_000);
        await next;
        expect(connection.log).toEqual(["request ff", "port reset", "out 31", "in 13"]);
      },
    );

    it("gives a command up in time while a halt is being cleared, and recovers after that", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "stall", "silence", csw(2));
      vi.spyOn(connection, "clearHalt").mockImplementationOnce((direction) => {
        connection.log.push(`clear ${direction} slowly`);
        return new Promise((resolve) => setTimeout(resolve, 5_000));
      });
      const late = expect(transport.execute(0, read, { timeoutMs: 300 })).rejects.toMatchObject({
        code: "USB_TIMEOUT",
      });
      await vi.advanceTimersByTimeAsync(300);
      await late;
      const next = transport.execute(0, ready);
      await vi.advanceTimersByTimeAsync(4_600);
      expect(connection.log.at(-1)).toBe("clear in slowly");
      await vi.advanceTimersByTimeAsync(100);
      await next;
      expect(connection.log.slice(-5)).toEqual([...recovery, "out 31", "in 13"]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it("gives a command up in time while the recovery before it is still going on", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, csw(1, 2), csw(2));
      await expect(transport.execute(0, ready)).rejects.toMatchObject({ code: "PHASE_ERROR" });
      connection.log.length = 0;
      const clearHalt = vi.spyOn(connection, "clearHalt").mockImplementation((direction) => {
        connection.log.push(`clear ${direction}`);
        return new Promise((resolve) => setTimeout(resolve, 5_000));
      });
      const late = expect(transport.execute(0, ready, { timeoutMs: 300 })).rejects.toMatchObject({
        code: "USB_TIMEOUT",
        message: expect.stringContaining("The recovery of 1-1") as string,
      });
      await vi.advanceTimersByTimeAsync(300);
      await late;
      const controller = new AbortController();
      const { signal } = controller;
      const unwanted = expect(transport.execute(0, ready, { signal })).rejects.toThrow("enough");
      controller.abort(new Error("enough"));
      await unwanted;
      const next = transport.execute(0, ready);
      await vi.advanceTimersByTimeAsync(9_700);
      await next;
      expect(connection.log).toEqual([...recovery, "out 31", "in 13"]);
      clearHalt.mockRestore();
      expect(vi.getTimerCount()).toBe(0);
    });

    it("does not try to recover a device that has gone", async () => {
      const connection = new ScriptedConnection();
      const gone = new UsbDisconnectedError("reading");
      const transport = await open(connection, gone, gone);
      await expect(transport.execute(0, read)).rejects.toBe(gone);
      connection.log.length = 0;
      await transport.close();
      expect(connection.log).toEqual(["close"]);
    });
  });

  describe("closing", () => {
    it("ends the command under way, recovers, and closes once", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "silence", "silence");
      const reading = expect(transport.execute(0, read)).rejects.toMatchObject({
        code: "USB_DISCONNECTED",
      });
      await vi.advanceTimersByTimeAsync(0);
      await Promise.all([transport.close(), transport.close()]);
      await reading;
      expect(connection.log.slice(3)).toEqual([
        "cancelled in 2048",
        "cancelled in 13",
        ...recovery,
        "close",
      ]);
      await expect(transport.execute(0, ready)).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
    });

    it("recovers a device that a time-out left in the middle of a command", async () => {
      const connection = new ScriptedConnection();
      const transport = await open(connection, "silence", "silence");
      const reading = expect(transport.execute(0, read, { timeoutMs: 5 })).rejects.toThrow();
      await vi.advanceTimersByTimeAsync(5);
      await reading;
      connection.log.length = 0;
      await transport.close();
      expect(connection.log).toEqual([...recovery, "close"]);
    });
  });

  describe("Get Max LUN (3.2)", () => {
    it.each([
      ["one unit", Uint8Array.of(0), 0],
      ["four units", Uint8Array.of(3), 3],
      ["a stall", "stall", 0],
      ["nonsense", Uint8Array.of(0xff), 0],
      ["nothing", new Uint8Array(0), 0],
      ["an error", new Error("pipe"), 0],
    ] as const)("takes %s", async (_what, answer, maxLun) => {
      const connection = new ScriptedConnection();
      connection.maxLunAnswer = answer;
      expect((await BulkOnlyTransport.open(connection)).maxLun).toBe(maxLun);
    });

    it("passes on that the device has gone", async () => {
      const connection = new ScriptedConnection();
      connection.maxLunAnswer = new UsbDisconnectedError("opening");
      await expect(BulkOnlyTransport.open(connection)).rejects.toThrow(UsbDisconnectedError);
    });
  });
});
