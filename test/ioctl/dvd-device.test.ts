import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { MalformedResponseError } from "../../src/errors.js";
import {
  DvdDevice,
  ioControlCodes,
  ntStatus,
  ntStatusName,
  type DvdDeviceDrive,
  type IoControlResult,
} from "../../src/ioctl/index.js";
import type { Executor } from "../../src/scsi/executor.js";
import { UsbDisconnectedError } from "../../src/usb/errors.js";
import { concat, hex } from "../bytes.js";
import { drive, scriptedDrive } from "./scripted-drive.js";

const none = new Uint8Array();

/** A DVD_COPY_PROTECT_KEY without a key, typed as its fields stand: length, session, type, flags. */
function keyOf(fields: string, offset = "00 00 00 00 00 00 00 00"): Uint8Array<ArrayBuffer> {
  return hex(fields + offset);
}

/** Status and Information, and the output where there is one. */
function told({ status, information, output }: IoControlResult): string {
  expect(output.length).toBe(status === ntStatus.STATUS_SUCCESS ? information : 0);
  return `${ntStatusName(status).replace("STATUS_", "")} ${information}`;
}

async function ioctl(
  executor: Executor,
  code: number,
  input: Uint8Array,
  outputLength: number,
  keys?: DvdDeviceDrive["keys"],
): Promise<IoControlResult> {
  const drive: DvdDeviceDrive = {
    execute: (command, options) => executor.execute(command, options),
    ...(keys && { keys }),
  };
  return new DvdDevice(drive).deviceIoControl(code, input, outputLength);
}

const { readKey, sendKey, sendKey2, startSession, endSession, getRegion } = ioControlCodes;
const { readStructure, setReadAhead, storageSetReadAhead } = ioControlCodes;

describe("START_SESSION", () => {
  it("answers with the AGID", async () => {
    const dvd = drive({ "a4/00": hex("00 06 00 00 00 00 00 c0") });
    const result = await ioctl(dvd, startSession, none, 99);
    expect(result).toEqual({ status: 0, information: 4, output: hex("03 00 00 00") });
    expect(dvd.sent).toEqual(["a4 00 00 00 00 00 00 00 00 08 00 00"]);
  });

  it("says how much room it needs before it asks the drive", async () => {
    const dvd = drive();
    expect(told(await ioctl(dvd, startSession, none, 3))).toBe("BUFFER_TOO_SMALL 4");
    expect(dvd.sent).toEqual([]);
  });

  it("is short of resources where the drive has no AGID left, or the host no memory", async () => {
    const taken = drive({ "a4/00": "05/55/00" });
    expect(told(await ioctl(taken, startSession, none, 4))).toBe("INSUFFICIENT_RESOURCES 0");
    const full = scriptedDrive((cdb) =>
      cdb[0] === 0x46 ? "" : new RangeError("Array buffer allocation failed"),
    );
    expect(told(await ioctl(full, startSession, none, 4))).toBe("INSUFFICIENT_RESOURCES 0");
  });
});

describe("END_SESSION", () => {
  it("ends one session", async () => {
    const dvd = drive();
    expect(told(await ioctl(dvd, endSession, hex("02 00 00 00"), 0))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual(["a3 00 00 00 00 00 00 00 00 00 bf 00"]);
  });

  it("ends it as Linux does where the drive does not know the way of Windows", async () => {
    const dvd = drive({ "a3/3f": "05/24/00" });
    expect(told(await ioctl(dvd, endSession, hex("01 00 00 00"), 0))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual([
      "a3 00 00 00 00 00 00 00 00 00 7f 00",
      "a4 00 00 00 00 00 00 00 00 00 7f 00",
    ]);
  });

  it("ends all four, whatever fails on the way, and tells the first failure", async () => {
    const dvd = scriptedDrive((cdb) =>
      cdb[10] === 0x7f ? "02/3a/00" : cdb[10] === 0xff ? "04/44/00" : "",
    );
    const all = hex("ff ff ff ff");
    expect(told(await ioctl(dvd, endSession, all, 0))).toBe("NO_MEDIA_IN_DEVICE 0");
    const agids = dvd.sent.map((cdb) => cdb.slice(30, 32));
    expect(agids).toEqual(["3f", "7f", "bf", "ff"]);
  });

  it.each([
    ["", "BUFFER_TOO_SMALL 0"],
    ["00 00 00", "INVALID_PARAMETER 0"],
    ["04 00 00 00", "INVALID_PARAMETER 0"],
  ])("refuses %j", async (input, answer) => {
    const dvd = drive();
    expect(told(await ioctl(dvd, endSession, hex(input), 0))).toBe(answer);
    expect(dvd.sent).toEqual([]);
  });
});

describe("READ_KEY", () => {
  const challenge = "24 00 00 00  01 00 00 00  01 00 00 00  00 00 00 00";

  it.each<[string, string, number, string, string, string]>([
    [
      "the challenge key",
      challenge,
      36,
      "a4 00 00 00 00 00 00 00 00 10 41 00",
      "24 00 00 00  01 00 00 00  01 00 00 00  00 00 00 00",
      "c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 00 00",
    ],
    [
      "bus key 1",
      "20 00 00 00  02 00 00 00  02 00 00 00  00 00 00 00",
      32,
      "a4 00 00 00 00 00 00 00 00 0c 82 00",
      "20 00 00 00  02 00 00 00  02 00 00 00  00 00 00 00",
      "b0 b1 b2 b3 b4 00 00 00",
    ],
    [
      "the ASF, of a caller who gives no length",
      "00 00 00 00  03 00 00 00  05 00 00 00  00 00 00 00",
      28,
      "a4 00 00 00 00 00 00 00 00 08 c5 00",
      "1c 00 00 00  03 00 00 00  05 00 00 00  00 00 00 00",
      "00 00 00 01",
    ],
    [
      "the RPC key, of any session",
      "1c 00 00 00  04 00 00 00  08 00 00 00  00 00 00 00",
      28,
      "a4 00 00 00 00 00 00 00 00 08 08 00",
      "1c 00 00 00  04 00 00 00  08 00 00 00  00 00 00 00",
      "65 fd 01 00",
    ],
  ])("answers with %s", async (_what, header, room, cdb, answer, key) => {
    const dvd = drive();
    const result = await ioctl(dvd, readKey, keyOf(header), room);
    expect(told(result)).toBe(`SUCCESS ${room}`);
    expect(result.output).toEqual(concat(keyOf(answer), hex(key)));
    expect(dvd.sent).toEqual([cdb]);
  });

  it("answers with the title key, moved up by the flags, of the sector at the offset", async () => {
    const dvd = drive();
    const offset = "00 0c 00 00 01 00 00 00";
    const header = keyOf("20 00 00 00  00 00 00 00  04 00 00 00  00 00 00 00", offset);
    const result = await ioctl(dvd, readKey, header, 32);
    expect(told(result)).toBe("SUCCESS 32");
    expect(result.output).toEqual(
      concat(
        keyOf("20 00 00 00  00 00 00 00  04 00 00 00  f0 00 00 00", offset),
        hex("70 71 72 73 74 00 00 00"),
      ),
    );
    // 0x1_0000_0c00 >> 11
    expect(dvd.sent).toEqual(["a4 00 00 20 00 01 00 00 00 0c 04 00"]);
  });

  it("answers with the disk key", async () => {
    const dvd = drive();
    const header = keyOf("00 00 00 00  03 00 00 00  80 00 00 00  07 00 00 00");
    const result = await ioctl(dvd, readKey, header, 2072);
    expect(told(result)).toBe("SUCCESS 2072");
    expect(result.output).toEqual(
      concat(
        keyOf("18 08 00 00  03 00 00 00  80 00 00 00  07 00 00 00"),
        new Uint8Array(2048).fill(0xd5),
      ),
    );
    expect(dvd.sent).toEqual(["ad 00 00 00 00 00 00 02 08 04 c0 00"]);
  });

  it("asks for as much as there is room for, and hands out as much as came", async () => {
    const dvd = drive();
    const result = await ioctl(dvd, readKey, keyOf(challenge), 100_000);
    expect(told(result)).toBe("SUCCESS 36");
    expect(dvd.sent).toEqual(["a4 00 00 00 00 00 00 00 ff ff 41 00"]);
  });

  it("hands out no more than there is room for, whatever the drive says", async () => {
    const reply = concat(hex("ff ff 00 00"), new Uint8Array(500).fill(1));
    const result = await ioctl(drive({ "a4/01": reply }), readKey, keyOf(challenge), 40);
    expect(told(result)).toBe("SUCCESS 40");
    expect(result.output.subarray(0, 4)).toEqual(hex("28 00 00 00"));
  });

  it.each([
    ["cuts it short", "00 0e 00 00 c0 c1 c2 c3 c4 c5 c6 c7 c8"],
    ["says that it has cut it short", "00 0b 00 00 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 00 00"],
    ["says that there is none", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"],
    ["sends half a header", "00 0e 00"],
    ["sends nothing", ""],
  ])("passes off nothing as a key where the drive %s", async (_what, reply) => {
    const dvd = drive({ "a4/01": hex(reply) });
    expect(told(await ioctl(dvd, readKey, keyOf(challenge), 36))).toBe("IO_DEVICE_ERROR 0");
  });

  it("passes off nothing as a disk key where the drive cuts it short", async () => {
    const reply = concat(hex("08 02 00 00"), new Uint8Array(2047));
    const header = keyOf("00 00 00 00  00 00 00 00  80 00 00 00  00 00 00 00");
    const result = await ioctl(drive({ "ad/02": reply }), readKey, header, 2072);
    expect(told(result)).toBe("IO_DEVICE_ERROR 0");
  });

  it("ends the session of an invalidated AGID", async () => {
    const dvd = drive();
    const header = keyOf("18 00 00 00  01 00 00 00  3f 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, readKey, header, 24))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual(["a3 00 00 00 00 00 00 00 00 00 7f 00"]);
  });

  it.each([
    ["no type of ours, with 24 bytes", "07", 24, "INVALID_DEVICE_REQUEST 0", 1],
    ["no type of ours, with 23 bytes", "07", 23, "BUFFER_TOO_SMALL 24", 0],
    ["a type that would be cut to another", "40", 24, "INVALID_DEVICE_REQUEST 0", 0],
  ])("leaves to the drive %s", async (_what, type, room, answer, commands) => {
    const dvd = drive({ "a4/07": "05/24/00" });
    const header = keyOf(`18 00 00 00  00 00 00 00  ${type} 00 00 00  00 00 00 00`);
    expect(told(await ioctl(dvd, readKey, header, room))).toBe(answer);
    expect(dvd.sent.length).toBe(commands);
  });

  it.each([
    ["nothing", "", "SUCCESS 0"],
    ["a header without a length", "00 00 00 00", "SUCCESS 0"],
    ["a header alone", "00 02 00 00", "SUCCESS 24"],
    ["bytes", "00 06 00 00 01 02 03 04", "SUCCESS 28"],
  ])("hands out what there is of no type of ours: %s", async (_what, reply, answer) => {
    const dvd = drive({ "a4/07": hex(reply) });
    const header = keyOf("18 00 00 00  00 00 00 00  07 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, readKey, header, 28))).toBe(answer);
  });

  it.each([
    ["before the disc", "00 f8 ff ff ff ff ff ff"],
    ["past what a CDB can name", "00 00 00 00 00 08 00 00"],
  ])("refuses a title key %s", async (_what, offset) => {
    const dvd = drive();
    const header = keyOf("20 00 00 00  00 00 00 00  04 00 00 00  00 00 00 00", offset);
    expect(told(await ioctl(dvd, readKey, header, 32))).toBe("INVALID_PARAMETER 0");
    expect(dvd.sent).toEqual([]);
  });

  it("sets the initial region before it reads the RPC key, and before no other", async () => {
    const dvd = drive();
    const sentBefore: number[] = [];
    const ensureInitialRegion = (): Promise<void> => {
      sentBefore.push(dvd.sent.length);
      return Promise.resolve();
    };
    const rpcKey = keyOf("00 00 00 00  00 00 00 00  08 00 00 00  00 00 00 00");
    await ioctl(dvd, readKey, rpcKey, 28, { ensureInitialRegion });
    await ioctl(dvd, readKey, keyOf(challenge), 36, { ensureInitialRegion });
    expect(sentBefore).toEqual([0]);
  });

  it("reads the RPC key also where the region could not be set", async () => {
    const rpcKey = keyOf("00 00 00 00  00 00 00 00  08 00 00 00  00 00 00 00");
    const failing = (error: Error) => ({ ensureInitialRegion: () => Promise.reject(error) });
    const refused = failing(new MalformedResponseError("x", 0, "y"));
    expect(told(await ioctl(drive(), readKey, rpcKey, 28, refused))).toBe("SUCCESS 28");
    const broken = failing(new TypeError("x is not a function"));
    await expect(ioctl(drive(), readKey, rpcKey, 28, broken)).rejects.toThrow(TypeError);
  });
});

describe("SEND_KEY", () => {
  const offset = "00 00 00 00 00 00 00 00";
  const challenge = hex(
    `24 00 00 00  01 00 00 00  01 00 00 00  00 00 00 00 ${offset}` +
      "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 00 00",
  );
  const busKey2 = hex(
    `20 00 00 00  02 00 00 00  03 00 00 00  00 00 00 00 ${offset} e0 e1 e2 e3 e4 00 00 00`,
  );
  const setRpc = hex(`1c 00 00 00  00 00 00 00  06 00 00 00  00 00 00 00 ${offset} fe 00 00 00`);

  it.each([
    [
      "the host's challenge",
      sendKey,
      challenge,
      "a3 00 00 00 00 00 00 00 00 10 41 00 : 00 0e 00 00 a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 00 00",
    ],
    [
      "bus key 2",
      sendKey,
      busKey2,
      "a3 00 00 00 00 00 00 00 00 0c 83 00 : 00 0a 00 00 e0 e1 e2 e3 e4 00 00 00",
    ],
    ["a region", sendKey2, setRpc, "a3 00 00 00 00 00 00 00 00 08 06 00 : 00 06 00 00 fe 00 00 00"],
  ])("sends %s as it came", async (_what, code, input, command) => {
    const dvd = drive();
    expect(told(await ioctl(dvd, code, input, 0))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual([command]);
  });

  it("ends the session of an invalidated AGID", async () => {
    const dvd = drive();
    const input = keyOf("18 00 00 00  03 00 00 00  3f 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, sendKey, input, 0))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual(["a3 00 00 00 00 00 00 00 00 00 ff 00"]);
  });

  it("sets no region through SEND_KEY", async () => {
    const dvd = drive();
    expect(told(await ioctl(dvd, sendKey, setRpc, 0))).toBe("INVALID_PARAMETER 0");
    expect(dvd.sent).toEqual([]);
  });

  it("lets the drive refuse what only SEND_KEY2 takes", async () => {
    const dvd = drive({ "a3/04": "05/24/00" });
    const titleKey = keyOf("18 00 00 00  00 00 00 00  04 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, sendKey2, titleKey, 0))).toBe("INVALID_DEVICE_REQUEST 0");
    expect(dvd.sent.length).toBe(1);
    const diskKey = keyOf("18 00 00 00  00 00 00 00  80 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, sendKey2, diskKey, 0))).toBe("INVALID_DEVICE_REQUEST 0");
    expect(dvd.sent.length).toBe(1);
    const unknown = keyOf("18 00 00 00  00 00 00 00  07 00 00 00  00 00 00 00");
    expect(told(await ioctl(dvd, sendKey2, unknown, 0))).toBe("INVALID_PARAMETER 0");
  });

  it.each([
    ["shorter than its KeyLength", challenge.subarray(0, 35)],
    ["longer than its KeyLength", concat(challenge, hex("00"))],
    ["longer than a CDB can say", new Uint8Array(0x1_0020).fill(0)],
  ])("refuses a key %s", async (_what, input) => {
    if (input.length > 0xffff) {
      input.set(hex("20 00 01 00  00 00 00 00  01 00 00 00"));
    }
    const dvd = drive();
    expect(told(await ioctl(dvd, sendKey2, input, 0))).toBe("INVALID_PARAMETER 0");
    expect(dvd.sent).toEqual([]);
  });

  it("sends what it was given, though the caller's buffer changes meanwhile", async () => {
    const dvd = drive();
    const input = setRpc.slice();
    const pending = ioctl(dvd, sendKey2, input, 0);
    input.fill(0xff);
    await pending;
    expect(dvd.sent).toEqual(["a3 00 00 00 00 00 00 00 00 08 06 00 : 00 06 00 00 fe 00 00 00"]);
  });
});

describe("READ_STRUCTURE", () => {
  const request = (format: string, session = "00", layer = "00") =>
    hex(`00 08 00 00 00 00 00 00  ${format} 00 00 00  ${session} 00 00 00  ${layer}`);
  const layer = "51 21 31 10  00 03 00 00  00 fc ff ff  00 0c 0d 0e  80 00";

  it("answers with a layer, its sectors turned to little-endian", async () => {
    const dvd = drive({ "ad/00": hex(`08 02 00 00 ${layer} 00 00`) });
    const result = await ioctl(dvd, readStructure, request("00", "03", "01"), 22);
    expect(result.output).toEqual(
      hex("02 08 00 00  51 21 31 10  00 00 03 00  ff ff fc 00  0e 0d 0c 00  80 00"),
    );
    expect(told(result)).toBe("SUCCESS 22");
    // The byte offset is the block's, and the session none of a layer's.
    expect(dvd.sent).toEqual(["ad 00 00 00 00 01 01 00 00 16 00 00"]);
  });

  it("leaves a sector that came in part as it came", async () => {
    const dvd = drive({ "ad/00": hex(`08 02 00 00 ${layer}`) });
    const result = await ioctl(dvd, readStructure, request("00"), 15);
    expect(result.output).toEqual(hex("02 08 00 00  51 21 31 10  00 00 03 00  00 fc ff"));
  });

  it("leaves the bytes of any other format as they came", async () => {
    const dvd = drive({ "ad/04": hex(`08 02 00 00 ${layer}`) });
    const result = await ioctl(dvd, readStructure, request("04"), 22);
    expect(result.output).toEqual(hex(`02 08 00 00 ${layer}`));
  });

  it("answers with the header alone where there is no room for more", async () => {
    const result = await ioctl(drive(), readStructure, request("01"), 4);
    expect(result).toEqual({ status: 0, information: 4, output: hex("06 00 00 00") });
  });

  it("names the session for the disk key", async () => {
    const dvd = drive();
    const result = await ioctl(dvd, readStructure, request("02", "02"), 2052);
    expect(told(result)).toBe("SUCCESS 2052");
    expect(result.output.subarray(0, 6)).toEqual(hex("02 08 00 00 d5 d5"));
    expect(dvd.sent).toEqual(["ad 00 00 00 00 01 00 02 08 04 80 00"]);
  });

  it.each([
    ["no request", none, 2052, "INVALID_PARAMETER 0"],
    ["a short request", request("00").subarray(1), 2052, "INVALID_PARAMETER 0"],
    ["no room for the header", request("00"), 3, "BUFFER_TOO_SMALL 4"],
    ["more room than a CDB can say", request("00"), 0x1_0000, "INVALID_PARAMETER 0"],
    [
      "a format that would be cut to another",
      hex("00 00 00 00 00 00 00 00  00 01 00 00  00 00 00 00  00"),
      4,
      "INVALID_PARAMETER 0",
    ],
    ["another's session", request("02", "04"), 2052, "INVALID_PARAMETER 0"],
  ])("refuses %s", async (_what, input, room, answer) => {
    const dvd = drive();
    expect(told(await ioctl(dvd, readStructure, input, room))).toBe(answer);
    expect(dvd.sent).toEqual([]);
  });

  it.each([
    ["half a header", "08 02"],
    ["a length that does not hold its header", "00 01 00 00 00"],
  ])("passes off nothing as a structure where the drive sends %s", async (_what, reply) => {
    const dvd = drive({ "ad/01": hex(reply) });
    const result = await ioctl(dvd, readStructure, request("01"), 8);
    expect(told(result)).toBe("IO_DEVICE_ERROR 0");
  });
});

describe("GET_REGION", () => {
  it("answers with the medium's and the drive's", async () => {
    const dvd = drive();
    const result = await ioctl(dvd, getRegion, none, 4);
    expect(result).toEqual({ status: 0, information: 4, output: hex("01 fd 02 05") });
    expect(dvd.sent).toEqual([
      "ad 00 00 00 00 00 00 01 00 08 00 00",
      "a4 00 00 00 00 00 00 00 00 08 08 00",
    ]);
  });

  it("says 0 of a drive that never had a region, after one was to be set", async () => {
    const dvd = drive({
      "a4/08": hex("00 06 00 00 25 fe 01 00"),
      "ad/01": hex("00 06 00 00 00 00"),
    });
    const ensureInitialRegion = vi.fn(() => Promise.resolve());
    const result = await ioctl(dvd, getRegion, none, 4, { ensureInitialRegion });
    expect(result.output).toEqual(hex("00 00 00 05"));
    expect(ensureInitialRegion).toHaveBeenCalledOnce();
  });

  it.each([
    ["too little room", {}, 3, "BUFFER_TOO_SMALL 0"],
    ["an RPC-I drive", { "a4/08": hex("00 06 00 00 00 ff 00 00") }, 4, "INVALID_DEVICE_REQUEST 0"],
    ["no disc", { "ad/01": "02/3a/00" }, 4, "NO_MEDIA_IN_DEVICE 0"],
  ])("refuses %s", async (_what, differences, room, answer) => {
    expect(told(await ioctl(drive(differences), getRegion, none, room))).toBe(answer);
  });
});

describe("SET_READ_AHEAD", () => {
  const input = hex("00 08 00 00 00 00 00 00  00 00 00 00 01 00 00 00");

  it.each([setReadAhead, storageSetReadAhead])("%i turns bytes to blocks", async (code) => {
    const dvd = drive();
    expect(told(await ioctl(dvd, code, input, 0))).toBe("SUCCESS 0");
    expect(dvd.sent).toEqual(["a7 00 00 00 00 01 00 20 00 00 00 00"]);
  });

  it.each([
    ["a short input", input.subarray(0, 15)],
    ["no input", none],
    ["an offset before the disc", hex("00 00 00 00 00 00 00 00  ff ff ff ff ff ff ff ff")],
  ])("refuses %s", async (_what, bytes) => {
    expect(told(await ioctl(drive(), setReadAhead, bytes, 0))).toBe("INVALID_PARAMETER 0");
  });
});

describe("DvdDevice", () => {
  const cdDrive = () =>
    scriptedDrive((cdb) =>
      cdb[0] === 0x46 ? "00 00 00 0c 00 00 00 08 00 00 03 04 00 08 01 00" : "",
    );
  const key = (type: string) => keyOf(`18 00 00 00  00 00 00 00 ${type} 00 00 00  00 00 00 00`);

  it.each([
    ["START_SESSION", startSession, none, 4, "INVALID_DEVICE_REQUEST 0"],
    ["READ_KEY", readKey, key("01"), 36, "INVALID_DEVICE_REQUEST 0"],
    ["READ_KEY without room", readKey, key("01"), 35, "BUFFER_TOO_SMALL 36"],
    ["SEND_KEY2", sendKey2, key("06"), 0, "INVALID_DEVICE_REQUEST 0"],
    ["READ_STRUCTURE", readStructure, new Uint8Array(17), 4, "INVALID_DEVICE_REQUEST 0"],
    ["GET_REGION", getRegion, none, 4, "INVALID_DEVICE_REQUEST 0"],
    ["GET_REGION without room", getRegion, none, 3, "INVALID_DEVICE_REQUEST 0"],
  ])("refuses %s of a CD drive", async (_what, code, input, room, answer) => {
    const cd = cdDrive();
    expect(told(await ioctl(cd, code, input, room))).toBe(answer);
    expect(cd.sent.every((cdb) => cdb.startsWith("46"))).toBe(true);
  });

  it("leaves a drive that does not list its profiles to refuse by itself, and asks it once", async () => {
    const old = scriptedDrive((cdb) => (cdb[0] === 0x46 ? "05/20/00" : "00 06 00 00 00 00 00 40"));
    const device = new DvdDevice(old);
    expect(told(await device.deviceIoControl(startSession, none, 4))).toBe("SUCCESS 4");
    expect(told(await device.deviceIoControl(startSession, none, 4))).toBe("SUCCESS 4");
    expect(old.sent.map((cdb) => cdb.slice(0, 2))).toEqual(["46", "a4", "a4"]);
  });

  it("refuses a code that is none of its own", async () => {
    expect(told(await ioctl(drive(), 0x33_5018, none, 4))).toBe("INVALID_DEVICE_REQUEST 0");
  });

  it("says that the drive has gone", async () => {
    const gone = scriptedDrive(() => new UsbDisconnectedError("x"));
    expect(told(await ioctl(gone, getRegion, none, 4))).toBe("DEVICE_NOT_CONNECTED 0");
  });

  it("throws a fault of the program, and hides it in no status", async () => {
    const broken = scriptedDrive(() => new TypeError("x is not a function"));
    await expect(ioctl(broken, getRegion, none, 4)).rejects.toThrow(TypeError);
    await expect(ioctl(drive(), getRegion, none, -1)).rejects.toThrow(RangeError);
    await expect(ioctl(drive(), getRegion, none, 2 ** 32)).rejects.toThrow(RangeError);
  });

  it("answers anything with a status, and with no more than there is room for", async () => {
    const u32 = fc.oneof(fc.nat(9), fc.constantFrom(0x3f, 0x80, 0xffff_ffff), fc.nat(0xffff_ffff));
    const answers = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.nat(64).map((length) => concat(Uint8Array.of(0, length, 0, 0), new Uint8Array(length))),
      fc.constantFrom("05/6f/02", "05/24/00", "02/3a/00", "05/55/00", "06/28/00", "00/00/00"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(ioControlCodes)),
        fc.tuple(u32, u32, u32),
        fc.uint8Array({ maxLength: 48 }),
        fc.oneof(fc.nat(100), fc.nat(0xffff_ffff)),
        answers,
        async (code, [length, session, type], input, room, answer) => {
          const view = new DataView(input.buffer);
          const fits = (at: number): boolean => input.length >= at + 4;
          if (fits(0)) view.setUint32(0, length === 0 ? input.length : length, true);
          if (fits(4)) view.setUint32(4, session, true);
          if (fits(8)) view.setUint32(8, type, true);
          const before = input.slice();
          const dvd = scriptedDrive((cdb) => (cdb[0] === 0x46 ? "" : answer));
          const { status, information, output } = await ioctl(dvd, code, input, room);
          const isSuccess = status === ntStatus.STATUS_SUCCESS;
          if (!Object.values(ntStatus).includes(status)) throw new Error(`status ${status}`);
          if (output.length !== (isSuccess ? information : 0)) throw new Error("wrong output");
          if (output.length > room) throw new Error(`${output.length} bytes for ${room}`);
          if (!isSuccess && information > 0 && information <= room) throw new Error("room enough");
          expect(input).toEqual(before);
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
