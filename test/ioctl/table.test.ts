import { describe, expect, it } from "vitest";

import { DvdDevice, ioControlCodes, ntStatusName } from "../../src/ioctl/index.js";
import { hex } from "../bytes.js";
import { drive } from "./scripted-drive.js";

type Differences = Parameters<typeof drive>[0];

/** What a drive says, by operation code and key format, where all is not well. */
const drives = {
  asked: {},
  // Steps of the authentication that are out of turn, and keys before it.
  wrongState: {
    "a4/01": "05/2c/00",
    "a4/02": "05/2c/00",
    "a4/04": "05/6f/02",
    "ad/02": "05/6f/02",
    "a3/01": "05/2c/00",
    "a3/03": "05/6f/00",
    "a3/06": "05/6f/05",
  },
  noDisc: {
    "a4/00": "02/3a/00",
    "a4/01": "02/3a/00",
    "a4/02": "02/3a/00",
    "a4/04": "02/3a/00",
    "a4/05": "02/3a/00",
    "ad/02": "02/3a/00",
    "a3/01": "02/3a/00",
    "a3/03": "02/3a/00",
    "a3/06": "02/3a/00",
  },
  unprotected: {
    "a4/00": "05/30/02",
    "a4/01": "05/2c/00",
    "a4/02": "05/2c/00",
    "a4/04": "05/6f/01",
    "ad/02": "05/6f/01",
    "a3/01": "05/2c/00",
    "a3/03": "05/2c/00",
    "a3/06": "05/30/02",
  },
  foreignRegion: {
    "a4/04": "05/6f/04",
    "ad/02": "05/6f/04",
    "a3/03": "05/6f/04",
    "a3/06": "05/6f/04",
  },
  agidsTaken: { "a4/00": "05/55/00" },
} as const satisfies Record<string, Differences>;

/** How a caller asks, and which drive he asks. */
const columns = {
  noInput: drives.asked,
  shortInput: drives.asked,
  shortOutput: drives.asked,
  wrongSession: drives.asked,
  good: drives.asked,
  wrongState: drives.wrongState,
  noDisc: drives.noDisc,
  unprotected: drives.unprotected,
  foreignRegion: drives.foreignRegion,
  agidsTaken: drives.agidsTaken,
} as const satisfies Record<string, Differences>;

type Column = keyof typeof columns;

interface Row {
  readonly code: number;
  /** DVD_KEY_TYPE, as its byte; none where the request is of no key. */
  readonly type?: string;
  /** Bytes of the key that is sent. */
  readonly sends?: number;
  /** Bytes of the output buffer, the least that will do. */
  readonly room: number;
  readonly expected: Readonly<Record<Column, string>>;
}

const { readKey, sendKey, sendKey2, startSession } = ioControlCodes;
const shortInput = { noInput: "BUFFER_TOO_SMALL 0", shortInput: "INVALID_PARAMETER 0" } as const;
const otherSession = { wrongSession: "INVALID_PARAMETER 0" } as const;

function everywhere(answer: string): Readonly<Record<Column, string>> {
  const names = Object.keys(columns) as Column[];
  return Object.fromEntries(names.map((name) => [name, answer])) as Record<Column, string>;
}

const rows: Readonly<Record<string, Row>> = {
  START_SESSION: {
    code: startSession,
    room: 4,
    expected: {
      ...everywhere("SUCCESS 4"),
      shortOutput: "BUFFER_TOO_SMALL 4",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "UNRECOGNIZED_MEDIA 0",
      agidsTaken: "INSUFFICIENT_RESOURCES 0",
    },
  },
  "READ_KEY, challenge": {
    code: readKey,
    type: "01",
    room: 36,
    expected: {
      ...everywhere("SUCCESS 36"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 36",
      wrongState: "INVALID_DEVICE_REQUEST 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "INVALID_DEVICE_REQUEST 0",
    },
  },
  "READ_KEY, bus key 1": {
    code: readKey,
    type: "02",
    room: 32,
    expected: {
      ...everywhere("SUCCESS 32"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 32",
      wrongState: "INVALID_DEVICE_REQUEST 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "INVALID_DEVICE_REQUEST 0",
    },
  },
  // REPORT KEY has no such format, so that the drive refuses whatever is in it.
  "READ_KEY, bus key 2": {
    code: readKey,
    type: "03",
    room: 32,
    expected: {
      ...everywhere("INVALID_DEVICE_REQUEST 0"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 32",
    },
  },
  "READ_KEY, title": {
    code: readKey,
    type: "04",
    room: 32,
    expected: {
      ...everywhere("SUCCESS 32"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 32",
      wrongState: "CSS_KEY_NOT_ESTABLISHED 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "CSS_KEY_NOT_PRESENT 0",
      foreignRegion: "CSS_REGION_MISMATCH 0",
    },
  },
  "READ_KEY, ASF": {
    code: readKey,
    type: "05",
    room: 28,
    expected: {
      ...everywhere("SUCCESS 28"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 28",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
    },
  },
  // As for bus key 2; and no session is named in the exchange of the region.
  "READ_KEY, set RPC": {
    code: readKey,
    type: "06",
    room: 24,
    expected: {
      ...everywhere("INVALID_DEVICE_REQUEST 0"),
      ...shortInput,
      shortOutput: "BUFFER_TOO_SMALL 24",
    },
  },
  "READ_KEY, RPC": {
    code: readKey,
    type: "08",
    room: 28,
    expected: {
      ...everywhere("SUCCESS 28"),
      ...shortInput,
      shortOutput: "BUFFER_TOO_SMALL 28",
    },
  },
  "READ_KEY, invalidate": {
    code: readKey,
    type: "3f",
    room: 24,
    expected: {
      ...everywhere("SUCCESS 0"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 24",
    },
  },
  "READ_KEY, disk": {
    code: readKey,
    type: "80",
    room: 2072,
    expected: {
      ...everywhere("SUCCESS 2072"),
      ...shortInput,
      ...otherSession,
      shortOutput: "BUFFER_TOO_SMALL 2072",
      wrongState: "CSS_KEY_NOT_ESTABLISHED 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "CSS_KEY_NOT_PRESENT 0",
      foreignRegion: "CSS_REGION_MISMATCH 0",
    },
  },
  "SEND_KEY, challenge": {
    code: sendKey,
    type: "01",
    sends: 12,
    room: 0,
    expected: {
      ...everywhere("SUCCESS 0"),
      ...shortInput,
      ...otherSession,
      wrongState: "INVALID_DEVICE_REQUEST 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "INVALID_DEVICE_REQUEST 0",
    },
  },
  "SEND_KEY, bus key 2": {
    code: sendKey,
    type: "03",
    sends: 8,
    room: 0,
    expected: {
      ...everywhere("SUCCESS 0"),
      ...shortInput,
      ...otherSession,
      wrongState: "CSS_AUTHENTICATION_FAILURE 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "INVALID_DEVICE_REQUEST 0",
      foreignRegion: "CSS_REGION_MISMATCH 0",
    },
  },
  "SEND_KEY2, set RPC": {
    code: sendKey2,
    type: "06",
    sends: 4,
    room: 0,
    expected: {
      ...everywhere("SUCCESS 0"),
      ...shortInput,
      wrongState: "CSS_RESETS_EXHAUSTED 0",
      noDisc: "NO_MEDIA_IN_DEVICE 0",
      unprotected: "CSS_REGION_MISMATCH 0",
      foreignRegion: "CSS_REGION_MISMATCH 0",
    },
  },
};

function inputOf({ type, sends = 0 }: Row, column: Column): Uint8Array {
  if (type === undefined || column === "noInput") return new Uint8Array();
  const length = (24 + sends).toString(16).padStart(2, "0");
  const session = column === "wrongSession" ? "09" : "02";
  const header = `${length} 00 00 00  ${session} 00 00 00  ${type} 00 00 00  00 00 00 00`;
  const key = hex(`${header} 00 00 00 00 00 00 00 00 ${"5a".repeat(sends)}`);
  return column === "shortInput" ? key.subarray(0, 23) : key;
}

describe.each(Object.entries(rows))("%s", (_name, row) => {
  it.each(Object.keys(columns) as Column[])("%s", async (column) => {
    const room = column === "shortOutput" ? Math.max(0, row.room - 1) : row.room;
    const dvd = drive(columns[column]);
    const input = inputOf(row, column);
    const result = await new DvdDevice(dvd).deviceIoControl(row.code, input, room);
    const name = ntStatusName(result.status).replace("STATUS_", "");
    expect(`${name} ${result.information}`).toBe(row.expected[column]);
    expect(result.output.length).toBe(name === "SUCCESS" ? result.information : 0);
    // What the caller has got wrong, the drive does not get to see.
    if (/INVALID_PARAMETER|TOO_SMALL/.test(name)) expect(dvd.sent).toEqual([]);
    else expect(dvd.sent.length).toBe(1);
  });
});
