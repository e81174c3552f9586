import { describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { read10 } from "../../src/scsi/read.js";
import {
  pcapngObserver,
  textObserver,
  trace,
  type TransferEvent,
  type TransferObserver,
} from "../../src/trace/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";

const titleKey = Uint8Array.of(0x11, 0x22, 0x33, 0x44, 0x55);

async function openTraced(
  observer: (connection: Awaited<ReturnType<typeof openWebUsb>>) => TransferObserver,
  faults = "",
) {
  const disc = discFromBytes(new Uint8Array(64 * 2048).fill(0x5a), {
    copyright: { protection: "css", regionMask: 0 },
    titleKeys: [{ firstLba: 16, lastLba: 63, key: titleKey }],
    discKey: new Uint8Array(2048).fill(0xd1),
  });
  const device = new VirtualUsbDevice(new VirtualDrive({ disc }), {
    faults: FaultScript.parse(faults),
  });
  const connection = await openWebUsb(device);
  return OpticalDrive.open(trace(connection, observer(connection)));
}

/** Where bytes occur in others. */
const contains = (whole: Uint8Array, part: Uint8Array): boolean =>
  Buffer.from(whole).includes(Buffer.from(part));

async function useKeys(drive: OpticalDrive): Promise<void> {
  const session = await drive.keys.startSession();
  await session.authenticate(standInAuthenticator().host);
  await session.readTitleKey({ lba: 20 });
  const another = await drive.keys.startSession();
  await another.authenticate(standInAuthenticator().host);
  await another.readDiscKey();
}

describe("trace", () => {
  it("tells of both ends of every transfer, in pairs", async () => {
    const events: TransferEvent[] = [];
    await using drive = await openTraced(() => (event) => events.push(event));
    await drive.medium();
    const submitted = events.filter(({ step }) => step === "submitted");
    const completed = events.filter(({ step }) => step === "completed");
    expect(submitted.length).toBeGreaterThan(20);
    expect(completed.map(({ id }) => id).sort()).toEqual(submitted.map(({ id }) => id).sort());
    expect(submitted[0]).toMatchObject({ pipe: "control", length: 1 });
    expect(submitted[0]?.setup).toEqual(Uint8Array.of(0xa1, 0xfe, 0, 0, 0, 0, 1, 0));
    expect(events.filter(({ outcome }) => outcome === "stall").length).toBeGreaterThan(0);
    const clear = submitted.find(({ setup }) => setup?.[0] === 0x02);
    expect(clear?.setup).toEqual(Uint8Array.of(0x02, 1, 0, 0, 0x81, 0, 0, 0));
  });

  it("changes nothing, though the observer throws", async () => {
    await using drive = await openTraced(() => () => {
      throw new Error("no");
    });
    expect((await drive.execute(read10(0, 2))).length).toBe(4096);
  });

  it("tells of transfers that fail", async () => {
    const events: TransferEvent[] = [];
    await using drive = await openTraced(
      () => (event) => events.push(event),
      "op=28 phase=data: silence",
    );
    await expect(drive.execute(read10(0, 1), { timeoutMs: 50 })).rejects.toThrow();
    expect(events.filter(({ outcome }) => outcome === "failed").length).toBeGreaterThan(0);
  });
});

describe("a text trace", () => {
  it("has a line for each command, with sense in words", async () => {
    const lines: string[] = [];
    {
      await using drive = await openTraced(
        () => textObserver((line) => lines.push(line)),
        "lba=9: sense 03/11/05",
      );
      await drive.medium();
      await drive.execute(read10(3, 2));
      await drive.execute(read10(9, 1)).catch(() => undefined);
    }
    const unclocked = lines.map((line) =>
      line.replace(/^[\d:.]{12} {2}/, "").replace(/[\d.]+ ms/, "# ms"),
    );
    expect(unclocked[0]).toBe("Get Max LUN");
    expect(unclocked[1]).toBe(
      "INQUIRY                        12 00 00 00 24 00  36 of 36 bytes  ok  # ms",
    );
    expect(unclocked).toContain(
      "READ (10)                      28 00 00 00 00 03 00 00 02 00  LBA 3 + 2  4096 of 4096 bytes  ok  # ms",
    );
    const failed = unclocked.findIndex((line) => line.includes("LBA 9 + 1"));
    expect(unclocked[failed]).toMatch(/0 of 2048 bytes {2}failed/);
    expect(unclocked.slice(failed).join("\n")).toContain(
      "18 of 18 bytes  ok  # ms  MEDIUM ERROR, L-EC uncorrectable error (11/05)",
    );
  });

  it("shows keys only where they are to be seen", async () => {
    for (const reveal of [false, true]) {
      const lines: string[] = [];
      await using drive = await openTraced(() =>
        textObserver((line) => lines.push(line), { reveal }),
      );
      await useKeys(drive);
      expect(lines.some((line) => line.includes("REPORT KEY"))).toBe(true);
      expect(lines.some((line) => line.includes("d1 d1 d1 d1"))).toBe(reveal);
    }
  });
});

describe("a capture", () => {
  async function capture(reveal: boolean): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    {
      await using drive = await openTraced((connection) =>
        pcapngObserver(connection, (bytes) => pieces.push(bytes), { reveal }),
      );
      await useKeys(drive);
      await drive.execute(read10(0, 4));
    }
    return Buffer.concat(pieces);
  }

  it("is a pcapng file of LINKTYPE 220, block by block", async () => {
    const bytes = Buffer.from(await capture(false));
    const types: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt32LE(at + 4);
      expect(length % 4).toBe(0);
      expect(bytes.readUInt32LE(at + length - 4)).toBe(length);
      types.push(bytes.readUInt32LE(at));
      at += length;
    }
    expect(types.slice(0, 3)).toEqual([0x0a0d0d0a, 1, 6]);
    expect(new Set(types.slice(2))).toEqual(new Set([6]));
    const description = bytes.readUInt32LE(4);
    expect(bytes.readUInt16LE(description + 8)).toBe(220);
  });

  it("has the device's descriptors first", async () => {
    const bytes = await capture(false);
    // Vendor 1209h, product 0001h; interface class 08h, 06h, 50h; endpoints 81h and 02h.
    expect(contains(bytes, Uint8Array.of(0x09, 0x12, 0x01, 0x00))).toBe(true);
    expect(
      contains(bytes, Uint8Array.of(9, 4, 0, 0, 2, 8, 6, 0x50, 0, 7, 5, 0x81, 2, 0, 2, 0)),
    ).toBe(true);
  });

  it("holds no key, unless it is to", async () => {
    const discKey = new Uint8Array(16).fill(0xd1);
    expect(contains(await capture(false), discKey)).toBe(false);
    expect(contains(await capture(true), discKey)).toBe(true);
  });

  it("holds no more of bulk data than it needs, and says how much there was", async () => {
    const bytes = Buffer.from(await capture(false));
    let longest = 0;
    let whole = 0;
    for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      if (bytes.readUInt32LE(at) !== 6) continue;
      longest = Math.max(longest, bytes.readUInt32LE(at + 20));
      whole = Math.max(whole, bytes.readUInt32LE(at + 24));
    }
    expect({ longest, whole }).toEqual({ longest: 64 + 4096, whole: 64 + 4 * 2048 });
  });
});
