import { describe, expect, it } from "vitest";

import { BulkOnlyTransport } from "../../src/transport/bulk-only-transport.js";
import type { CommandBlock } from "../../src/transport/command-transport.js";
import { parseQuirks, QuirkError, quirksOf } from "../../src/transport/quirks.js";
import { concat, hex } from "../bytes.js";
import { ScriptedConnection } from "./scripted-connection.js";

const inquiry: CommandBlock = {
  name: "INQUIRY",
  cdb: hex("12 00 00 00 24 00"),
  direction: "in",
  transferLength: 36,
};
const capacity: CommandBlock = {
  name: "READ CAPACITY (10)",
  cdb: hex("25 00 00 00 00 00 00 00 00 00"),
  direction: "in",
  transferLength: 8,
};
const read: CommandBlock = {
  name: "READ (10)",
  cdb: hex("28 00 00 00 00 00 00 00 01 00"),
  direction: "in",
  transferLength: 2048,
};
const block = new Uint8Array(2048).fill(7);
const le32 = (value: number) => Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
const csw = (tag: number, residue = 0) =>
  concat(hex("55 53 42 53"), le32(tag), le32(residue), hex("00"));

function device(ids: string) {
  const [vendorId = 0, productId = 0] = ids.split(":").map((id) => parseInt(id, 16));
  return { vendorId, productId, location: "1-1", speed: "high" } as const;
}

describe("quirks", () => {
  it.each([
    ["059f:0643", { goSlow: true }],
    ["05e3:0701", { goSlow: true, maxTransferBytes: 32_768 }],
    ["067b:3507", { goSlow: true, fixCapacity: true }],
    ["13fd:3609", { ignoreResidue: true }],
    ["152d:2329", { ignoreResidue: true, saneSense: true }],
    ["05ac:1500", { wakeUp: true }],
    ["46f4:0001", { noQueuedStatus: true }],
    ["0e8d:1836", {}],
  ])("are known of %s", (ids, quirks) => {
    expect(quirksOf(device(ids))).toEqual(quirks);
  });

  it("are read in the kernel's letters, in names, and in both", () => {
    expect(parseQuirks("152D:2329:r,05e3:0701:go-slow+ma, 13fd:3609:")).toEqual(
      new Map([
        ["152d:2329", { ignoreResidue: true }],
        ["05e3:0701", { goSlow: true, maxTransferBytes: 32_768, saneSense: true }],
        ["13fd:3609", {}],
      ]),
    );
  });

  it("are overridden as a whole, also by none", () => {
    const overrides = parseQuirks("152d:2329:s,13fd:3609:");
    expect(quirksOf(device("152d:2329"), overrides)).toEqual({ singleLun: true });
    expect(quirksOf(device("13fd:3609"), overrides)).toEqual({});
    expect(quirksOf(device("059f:0643"), overrides)).toEqual({ goSlow: true });
  });

  it.each([
    ["152d:2329:z", /There is no quirk "z"\. There are: a or sane-sense, /],
    ["152d:2329:go-fast", /There is no quirk "go-fast"/],
    ["152d:2329:r+", undefined],
    ["152d:2329", /"152d:2329" is no quirk: write vid:pid:flags/],
    ["152d:232:r", /is no quirk/],
    ["", /"" is no quirk/],
    ["152d:2329:r,,", /"" is no quirk/],
  ])("of no meaning are refused: %s", (text, reason) => {
    if (reason === undefined) expect(parseQuirks(text).size).toBe(1);
    else {
      expect(() => parseQuirks(text)).toThrow(QuirkError);
      expect(() => parseQuirks(text)).toThrow(reason);
    }
  });

  it("limit transfers, and units", async () => {
    const connection = new ScriptedConnection();
    connection.maxLunAnswer = hex("03");
    const plain = await BulkOnlyTransport.open(connection);
    expect([plain.maxLun, plain.maxTransferBytes]).toEqual([3, 1 << 20]);
    const quirks = parseQuirks("1234:5678:sg");
    const limited = await BulkOnlyTransport.open(connection, { quirks });
    expect([limited.maxLun, limited.maxTransferBytes]).toEqual([0, 120 * 1024]);
  });
});

describe("a residue that cannot be", () => {
  it.each([
    ["INQUIRY", inquiry, 36],
    ["READ CAPACITY", capacity, 8],
  ])("in the answer to %s marks a bridge that lies", async (_, command, length) => {
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection);
    connection.inAnswers = [new Uint8Array(length).fill(1), csw(1, 5), block, csw(2, 2048)];
    expect((await transport.execute(0, command)).data).toHaveLength(length);
    expect((await transport.execute(0, read)).data).toEqual(block);
  });

  it("is only one that comes with a whole reply", async () => {
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection);
    connection.inAnswers = [new Uint8Array(30), csw(1, 6), block, csw(2, 48)];
    await transport.execute(0, inquiry);
    expect((await transport.execute(0, read)).data).toHaveLength(2000);
  });
});

describe("tags that are wrong", () => {
  const reply = new Uint8Array(36).fill(1);

  it("from the start, and after a recovery, too, are not looked at any more", async () => {
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection);
    connection.log.length = 0;
    connection.inAnswers = [reply, csw(0), reply, csw(0), block, csw(0)];
    expect((await transport.execute(0, inquiry)).data).toEqual(reply);
    const once = ["out 31", "in 36", "in 13"];
    expect(connection.log).toEqual([...once, "request ff", "clear in", "clear out", ...once]);
    expect((await transport.execute(0, read)).data).toEqual(block);
  });

  it("once, are a status that was left over", async () => {
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection);
    connection.inAnswers = [reply, csw(77), reply, csw(2), block, csw(77)];
    expect((await transport.execute(0, inquiry)).data).toEqual(reply);
    await expect(transport.execute(0, read)).rejects.toMatchObject({ code: "INVALID_STATUS" });
  });

  it("are never made out by a command that must not be sent twice", async () => {
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection);
    connection.inAnswers = [block, csw(0), reply, csw(0)];
    await expect(transport.execute(0, read)).rejects.toMatchObject({ code: "INVALID_STATUS" });
    expect(connection.sent).toHaveLength(1);
  });

  it("are not looked at where that is known", async () => {
    const quirks = parseQuirks("1234:5678:ignore-tag");
    const connection = new ScriptedConnection();
    const transport = await BulkOnlyTransport.open(connection, { quirks });
    connection.inAnswers = [block, csw(0)];
    expect((await transport.execute(0, read)).data).toEqual(block);
  });
});
