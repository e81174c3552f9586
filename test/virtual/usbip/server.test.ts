import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  BulkOnlyDevice,
  discFromBytes,
  UsbIpServer,
  UsbIpServerError,
  VirtualDrive,
} from "../../../src/virtual/node.js";
import {
  devlist,
  importOf,
  RawClient,
  setConfiguration,
  submit,
  submitted,
  unlink,
  unlinked,
} from "./client.js";

const descriptionBytes = 312;
/** bytes 8 to 320 of OP_REP_IMPORT, then on to requests. */
const importReplyBytes = 8 + descriptionBytes;

const inquiry = "55534243 01000000 24000000 80 00 06 120000002400" + "00".repeat(10);
/** READ (10) of one block, as a CBW. */
const readBlock = "55534243 02000000 00080000 80 00 0a 28000000000000000100" + "00".repeat(6);

let drives: VirtualDrive[];
let devices: BulkOnlyDevice[];
let server: UsbIpServer;
let port: number;
let events: string[];

beforeEach(async () => {
  const log: string[] = [];
  events = log;
  drives = [1, 2].map(
    (serial) =>
      new VirtualDrive({
        disc: discFromBytes(new Uint8Array(40 * 2048)),
        identity: { serial: `${serial}` },
      }),
  );
  devices = drives.map((drive) => new BulkOnlyDevice(drive));
  server = new UsbIpServer(devices, {
    onImport: (busId) => log.push(`import ${busId}`),
    onRelease: (busId) => log.push(`release ${busId}`),
    onRefusal: (_, reason) => log.push(reason),
  });
  ({ port } = await server.listen({ port: 0 }));
});
afterEach(() => server.close());

async function imported(busId = "1-1"): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.send(importOf(busId));
  expect((await client.read(importReplyBytes)).slice(0, 16)).toBe("0111000300000000");
  return client;
}

async function configured(): Promise<RawClient> {
  const client = await imported();
  client.send(submit(1, "out", 0, 0, { setup: setConfiguration }));
  expect(await client.read(48)).toBe(submitted(1, 0, 0));
  return client;
}

/** The bus ids that a client is told of. */
async function listed(): Promise<string[]> {
  await using client = await RawClient.connect(port);
  client.send(devlist);
  const reply = Buffer.from(await client.readToEnd(), "hex");
  expect(reply.toString("hex", 0, 8)).toBe("0111000500000000");
  const count = reply.readUInt32BE(8);
  expect(reply.length).toBe(12 + count * (descriptionBytes + 4));
  return Array.from({ length: count }, (_, index) => {
    const start = 12 + index * (descriptionBytes + 4) + 256;
    return reply.toString("latin1", start, start + 32).replace(/\0+$/, "");
  });
}

describe("a USB/IP server", () => {
  it("serves several devices, each to one client", async () => {
    expect(await listed()).toEqual(["1-1", "1-2"]);
    await using first = await imported("1-1");
    expect(await listed()).toEqual(["1-2"]);
    await using second = await imported("1-2");
    await using third = await RawClient.connect(port);
    third.send(importOf("1-1"));
    expect(await third.readToEnd()).toBe("0111000300000002");
    for (const client of [first, second]) {
      const deviceId = client === first ? 0x10002 : 0x10003;
      client.send(submit(1, "in", 0, 18, { setup: "80 06 00 01 00 00 12 00", deviceId }));
      expect(await client.read(48)).toBe(submitted(1, 0, 18));
      expect(await client.read(18)).toBe("120100020000004009120100000101020301");
    }
    expect(events).toEqual(["import 1-1", "import 1-2"]);
  });

  it("has no device at other places", async () => {
    for (const busId of ["1-3", "", "x".repeat(31)]) {
      await using client = await RawClient.connect(port);
      client.send(importOf(busId));
      expect(await client.readToEnd()).toBe("0111000300000004");
    }
  });

  it("carries a command whose three phases come together, and in pieces", async () => {
    await using client = await configured();
    const message = [
      submit(2, "out", 2, 31) + inquiry,
      submit(3, "in", 1, 36),
      submit(4, "in", 1, 13),
    ]
      .join("")
      .replace(/ /g, "");
    for (let at = 0; at < message.length; at += 14) {
      client.send(message.slice(at, at + 14));
      await delay(0);
    }
    expect(await client.read(48)).toBe(submitted(2, 0, 31));
    expect(await client.read(48)).toBe(submitted(3, 0, 36));
    expect((await client.read(36)).slice(0, 16)).toBe("058006021f000000");
    expect(await client.read(48)).toBe(submitted(4, 0, 13));
    expect(await client.read(13)).toBe("55534253010000000000000000");
  });

  it("tells of a stall by EPIPE, and of babble by EOVERFLOW", async () => {
    await using client = await configured();
    // The first command after power-on is refused: no data, and a pipe that halts.
    client.send(submit(2, "out", 2, 31) + readBlock, submit(3, "in", 1, 2048));
    expect(await client.read(48)).toBe(submitted(2, 0, 31));
    expect(await client.read(48)).toBe(submitted(3, -32, 0));
    client.send(submit(4, "out", 0, 0, { setup: "02 01 00 00 81 00 00 00" }));
    client.send(submit(5, "in", 1, 13));
    expect(await client.read(48)).toBe(submitted(4, 0, 0));
    expect(await client.read(48)).toBe(submitted(5, 0, 13));
    expect(await client.read(13)).toBe("55534253020000000008000001");
    client.send(submit(6, "out", 2, 31) + readBlock, submit(7, "in", 1, 100));
    expect(await client.read(96)).toBe(submitted(6, 0, 31) + submitted(7, -75, 0));
    client.send(submit(8, "in", 0, 8, { setup: "80 06 00 77 00 00 08 00" }));
    expect(await client.read(48)).toBe(submitted(8, -32, 0));
  });

  it("takes back a transfer that waits, and says so of one that has ended", async () => {
    await using client = await configured();
    client.send(submit(2, "in", 1, 64), unlink(3, 2));
    expect(await client.read(48)).toBe(unlinked(3, -104));
    client.send(unlink(4, 2), unlink(5, 99));
    expect(await client.read(96)).toBe(unlinked(4, 0) + unlinked(5, 0));
    // Nothing has become of number 2, and the pipe is whole.
    client.send(submit(6, "out", 2, 31) + inquiry, submit(7, "in", 1, 36));
    expect(await client.read(96)).toBe(submitted(6, 0, 31) + submitted(7, 0, 36));
  });

  it("resets the device when its port is to be reset", async () => {
    await using client = await configured();
    client.send(submit(2, "in", 1, 64));
    client.send(submit(3, "out", 0, 0, { setup: "23 03 04 00 01 00 00 00" }));
    expect(await client.read(48)).toBe(submitted(2, -104, 0));
    expect(await client.read(48)).toBe(submitted(3, 0, 0));
    client.send(submit(4, "in", 0, 1, { setup: "80 08 00 00 00 00 01 00" }));
    expect(await client.read(49)).toBe(submitted(4, 0, 1) + "01");
  });

  it("takes a device from a client that vanishes, and gives it to the next one", async () => {
    const client = await configured();
    client.send(submit(2, "out", 2, 31) + readBlock, submit(3, "in", 1, 2048));
    client.destroy();
    await expect.poll(listed).toEqual(["1-1", "1-2"]);
    expect(devices[0]!.configured).toBe(false);
    await using next = await configured();
    next.send(submit(2, "out", 2, 31) + inquiry, submit(3, "in", 1, 36), submit(4, "in", 1, 13));
    expect(await next.read(48)).toBe(submitted(2, 0, 31));
    expect(events).toEqual(["import 1-1", "release 1-1", "import 1-1"]);
  });

  it("is rid of a device that is unplugged, and of its client", async () => {
    await using client = await configured();
    server.unplug(devices[0]!);
    expect(await client.readToEnd()).toBe("");
    expect(await listed()).toEqual(["1-2"]);
    expect(server.plug(devices[0]!)).toBe("1-1");
    expect(server.plug(devices[0]!)).toBe("1-1");
    expect(await listed()).toEqual(["1-2", "1-1"]);
  });

  it("cannot listen where another does", async () => {
    const other = new UsbIpServer([]);
    await expect(other.listen({ port })).rejects.toThrow(UsbIpServerError);
    await expect(other.listen({ port })).rejects.toThrow(/another program listens there/);
    await other.close();
  });
});

describe("a USB/IP server, to clients that do not keep to the protocol,", () => {
  it.each([
    { what: "another version", send: "0110 8005 00000000", reply: "0111000500000005" },
    {
      what: "an operation that there is not",
      send: "0111 8099 00000000",
      reply: "0111009900000005",
    },
    { what: "a reply for a request", send: "0111 0005 00000000", reply: "0111000500000005" },
    { what: "a request before an import", send: submit(1, "in", 0, 18), reply: "0111000100000005" },
  ])("answers $what with an error", async ({ send, reply }) => {
    await using client = await RawClient.connect(port);
    client.send(send);
    expect((await client.readToEnd()).slice(4)).toBe(reply.slice(4));
    expect(events).toHaveLength(1);
    expect(await listed()).toHaveLength(2);
  });

  it.each([
    { what: "a request that there is not", send: "00000009" + "00".repeat(44) },
    {
      what: "a direction that there is not",
      send: "00000001 00000009 00010002 00000002" + "00".repeat(32),
    },
    { what: "another device", send: submit(9, "in", 1, 8, { deviceId: 0x10003 }) },
    { what: "an unlink for another device", send: unlink(9, 1, 0) },
    { what: "an isochronous transfer", send: submit(9, "in", 1, 8, { packets: 4 }) },
    { what: "4 GiB of data", send: submit(9, "out", 2, 0xffff_ffff) },
    { what: "a number twice", send: submit(9, "in", 1, 8) + submit(9, "in", 1, 8) },
    { what: "an operation after its import", send: importOf("1-2").padEnd(200, "0") },
  ])("cuts off one that sends $what", async ({ send }) => {
    await using client = await configured();
    client.send(send);
    expect(await client.readToEnd()).toBe("");
    await expect.poll(listed).toHaveLength(2);
    expect(events).toHaveLength(3);
  });

  it("refuses what no transfer can be", async () => {
    await using client = await configured();
    client.send(submit(2, "in", 1, 0xffff_ffff), submit(3, "in", 7, 8), submit(4, "out", 1, 0));
    expect(await client.read(48)).toBe(submitted(2, -90, 0));
    expect(await client.read(48)).toBe(submitted(3, -2, 0));
    expect(await client.read(48)).toBe(submitted(4, -2, 0));
  });

  it("lets no more wait than there is room for", async () => {
    await using client = await configured();
    client.send(Array.from({ length: 300 }, (_, index) => submit(index + 2, "in", 1, 8)).join(""));
    for (let sequence = 258; sequence < 302; sequence++) {
      expect(await client.read(48)).toBe(submitted(sequence, -12, 0));
    }
    client.send(unlink(500, 2));
    expect(await client.read(48)).toBe(unlinked(500, -104));
  });

  it("serves others while a thousand say nothing", async () => {
    await using using = await configured();
    const silent: RawClient[] = [];
    for (let count = 0; count < 1000; count++) silent.push(await RawClient.connect(port));
    expect(await listed()).toEqual(["1-2"]);
    using.send(submit(2, "in", 0, 1, { setup: "80 08 00 00 00 00 01 00" }));
    expect(await using.read(49)).toBe(submitted(2, 0, 1) + "01");
    for (const client of silent) await client[Symbol.asyncDispose]();
  });

  it("outlives whatever bytes they send", { timeout: 60_000 }, async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .record({
          sequence: fc.nat(5),
          direction: fc.constantFrom("in", "out"),
          endpoint: fc.nat(3),
          length: fc.oneof(fc.nat(64), fc.nat(0xffff_ffff)),
        })
        .map(({ sequence, direction, endpoint, length }) =>
          Buffer.from(submit(sequence, direction, endpoint, length), "hex"),
        ),
      fc.nat(9).map((target) => Buffer.from(unlink(77, target), "hex")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(piece, { maxLength: 12 }),
        async (imports, pieces) => {
          {
            await using client = await RawClient.connect(port);
            if (imports) client.send(importOf("1-1"));
            client.send(...pieces);
            await client.read(imports ? importReplyBytes : 0);
            await delay(0);
          }
          await expect.poll(listed, { interval: 1 }).toEqual(["1-1", "1-2"]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
