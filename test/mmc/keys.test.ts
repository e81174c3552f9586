import { describe, expect, it } from "vitest";

import { MalformedResponseError } from "../../src/errors.js";
import {
  reportAgid,
  reportAuthenticationSuccess,
  reportChallenge,
  reportInvalidateAgid,
  reportKey1,
  reportRawKey,
  reportRpcState,
  reportTitleKey,
} from "../../src/mmc/report-key.js";
import {
  sendChallenge,
  sendInvalidateAgid,
  sendKey2,
  sendRawKey,
  sendRpcRegion,
} from "../../src/mmc/send-key.js";
import { setReadAhead } from "../../src/mmc/set-read-ahead.js";
import type { Command } from "../../src/scsi/command.js";
import { hex } from "../bytes.js";

describe("REPORT KEY", () => {
  it.each<[string, Command<unknown>, string]>([
    ["an AGID", reportAgid(), "a4 00 00 00 00 00 00 00 00 08 00 00"],
    ["the challenge", reportChallenge(1), "a4 00 00 00 00 00 00 00 00 10 41 00"],
    ["KEY1", reportKey1(2), "a4 00 00 00 00 00 00 00 00 0c 82 00"],
    ["a title key", reportTitleKey(3, 0x0123_4567), "a4 00 01 23 45 67 00 00 00 0c c4 00"],
    ["the ASF", reportAuthenticationSuccess(1), "a4 00 00 00 00 00 00 00 00 08 45 00"],
    ["the RPC state", reportRpcState(), "a4 00 00 00 00 00 00 00 00 08 08 00"],
    ["the end of a session", reportInvalidateAgid(3), "a4 00 00 00 00 00 00 00 00 00 ff 00"],
    ["another class's AGID", reportAgid({ keyClass: 0xbd }), "a4 00 00 00 00 00 00 bd 00 08 00 00"],
  ])("asks for %s", (_what, command, cdb) => {
    expect(command.cdb).toEqual(hex(cdb));
    expect(command.transferLength).toBe(command.cdb[9]);
    expect(command.neverRepeat).toBeUndefined();
  });

  it("asks for any format, and leaves the reply as it came", () => {
    const command = reportRawKey({
      keyFormat: 0x04,
      allocationLength: 0x1234,
      agid: 2,
      lba: 0x0a0b_0c0d,
    });
    expect(command.cdb).toEqual(hex("a4 00 0a 0b 0c 0d 00 00 12 34 84 00"));
    expect(command).toMatchObject({ transferLength: 0x1234, lba: 0x0a0b_0c0d });
    expect(command.decode(hex("00 0a 00"))).toEqual(hex("00 0a 00"));
  });

  it("reads the AGID and the ASF", () => {
    expect(reportAgid().decode(hex("00 06 00 00 00 00 00 c0"))).toBe(3);
    expect(reportAgid().decode(hex("00 06 00 00 00 00 00 3f"))).toBe(0);
    expect(reportAuthenticationSuccess(0).decode(hex("00 06 00 00 00 00 00 01"))).toBe(true);
    expect(reportAuthenticationSuccess(0).decode(hex("00 06 00 00 00 00 00 fe"))).toBe(false);
  });

  it("returns challenge and KEY1 in the order of the wire", () => {
    const challenge = reportChallenge(0).decode(
      hex("00 0e 00 00 01 02 03 04 05 06 07 08 09 0a ff ff"),
    );
    expect(challenge).toEqual(hex("01 02 03 04 05 06 07 08 09 0a"));
    const key1 = reportKey1(0).decode(hex("00 0a 00 00 11 12 13 14 15 ff ff ff"));
    expect(key1).toEqual(hex("11 12 13 14 15"));
  });

  it("reads the title key, and names its block", () => {
    const command = reportTitleKey(0, 512);
    expect(command.lba).toBe(512);
    expect(command.decode(hex("00 0a 00 00 f0 21 22 23 24 25 00 00"))).toEqual({
      copyrightMaterial: true,
      protectedSector: true,
      copyGeneration: 3,
      key: hex("21 22 23 24 25"),
    });
    expect(command.decode(hex("00 0a 00 00 8f 21 22 23 24 25 00 00"))).toMatchObject({
      copyrightMaterial: true,
      protectedSector: false,
      copyGeneration: 0,
    });
  });

  it.each([
    ["00 06 00 00 25 ff 01 00", "none", 4, 5, 0xff, [], "RPC-II"],
    ["00 06 00 00 61 fd 01 00", "set", 4, 1, 0xfd, [2], "RPC-II"],
    ["00 06 00 00 a1 fe 01 00", "lastChance", 4, 1, 0xfe, [1], "RPC-II"],
    ["00 06 00 00 c0 7f 02 00", "permanent", 0, 0, 0x7f, [8], "reserved"],
  ] as const)(
    "reads the RPC state %s",
    (bytes, type, vendorResets, userChanges, regionMask, regions, scheme) => {
      expect(reportRpcState().decode(hex(bytes))).toMatchObject({
        type,
        vendorResets,
        userChanges,
        regionMask,
        regions,
        scheme: { name: scheme },
      });
    },
  );

  it.each<[string, Command<unknown>, string]>([
    ["a challenge", reportChallenge(0), "00 0e 00 00 01 02 03 04 05 06 07 08 09 0a 00"],
    ["KEY1", reportKey1(0), "00 0a 00 00 11 12 13 14 15 00 00"],
    ["a title key", reportTitleKey(0, 0), "00 0a 00 00 80 21 22 23 24"],
    ["an AGID", reportAgid(), "00 06 00 00 00 00 00"],
  ])("refuses %s that is cut short", (_what, command, bytes) => {
    expect(() => command.decode(hex(bytes))).toThrow(MalformedResponseError);
  });

  it.each([
    ["00 09", 9],
    ["00 0b", 11],
  ])("refuses a key whose length says %s, though the bytes are there", (length, said) => {
    const reply = hex(`${length} 00 00 80 21 22 23 24 25 00 00`);
    expect(() => reportTitleKey(0, 0).decode(reply)).toThrow(
      `The drive sent malformed REPORT KEY data: its length says ${said}, and should say 10 (at byte 0).`,
    );
  });
});

describe("SEND KEY", () => {
  it("sends the host's challenge", () => {
    const command = sendChallenge(1, hex("01 02 03 04 05 06 07 08 09 0a"));
    expect(command.cdb).toEqual(hex("a3 00 00 00 00 00 00 00 00 10 41 00"));
    expect(command.data).toEqual(hex("00 0e 00 00 01 02 03 04 05 06 07 08 09 0a 00 00"));
    expect(command).toMatchObject({ direction: "out", transferLength: 16 });
  });

  it("sends KEY2", () => {
    const command = sendKey2(2, hex("11 12 13 14 15"), { keyClass: 2 });
    expect(command.cdb).toEqual(hex("a3 00 00 00 00 00 00 02 00 0c 83 00"));
    expect(command.data).toEqual(hex("00 0a 00 00 11 12 13 14 15 00 00 00"));
  });

  it("refuses keys of another length", () => {
    expect(() => sendKey2(0, hex("11 12 13 14"))).toThrow(RangeError);
    expect(() => sendChallenge(0, new Uint8Array(11))).toThrow(RangeError);
    expect(() => sendInvalidateAgid(4)).toThrow(RangeError);
  });

  it("sets the region, and never twice", () => {
    const command = sendRpcRegion(0xfd);
    expect(command.cdb).toEqual(hex("a3 00 00 00 00 00 00 00 00 08 06 00"));
    expect(command.data).toEqual(hex("00 06 00 00 fd 00 00 00"));
    expect(command.neverRepeat).toBe(true);
  });

  it.each([0xff, 0x00, 0xfc, 0x02, 0x1fd])("refuses region mask %i", (mask) => {
    expect(() => sendRpcRegion(mask)).toThrow(RangeError);
  });

  it("sends any format, and a region never twice", () => {
    const command = sendRawKey({
      keyFormat: 0x03,
      agid: 1,
      content: hex("01 02 03 04 05 00 00 00"),
    });
    expect(command.cdb).toEqual(hex("a3 00 00 00 00 00 00 00 00 0c 43 00"));
    expect(command.data).toEqual(hex("00 0a 00 00 01 02 03 04 05 00 00 00"));
    expect(command.neverRepeat).toBeUndefined();
    const region = sendRawKey({ keyFormat: 0x06, content: hex("fe 00 00 00") });
    expect(region.data).toEqual(hex("00 06 00 00 fe 00 00 00"));
    expect(region.neverRepeat).toBe(true);
  });

  it("ends a session", () => {
    const command = sendInvalidateAgid(3);
    expect(command.cdb).toEqual(hex("a3 00 00 00 00 00 00 00 00 00 ff 00"));
    expect(command).toMatchObject({ direction: "none", transferLength: 0 });
  });
});

describe("SET READ AHEAD", () => {
  it("names where to jump from and where to", () => {
    const command = setReadAhead(0x0102_0304, 0x0506_0708);
    expect(command.cdb).toEqual(hex("a7 00 01 02 03 04 05 06 07 08 00 00"));
    expect(command).toMatchObject({ direction: "none", transferLength: 0 });
  });
});
