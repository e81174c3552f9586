import { describe, expect, it } from "vitest";
import { generatedDisc } from "../../src/virtual/disc.js";
import { concat, hex } from "../bytes.js";
import { numberedDisc, readyDrive } from "./drive-host.js";
import { cbw, csw, IN, OUT, UsbHost } from "./usb-host.js";

const read1 = "28 00 00 00 00 00 00 00 01 00";
const read2 = "28 00 00 00 00 00 00 00 02 00";
const readNone = "28 00 00 00 00 00 00 00 00 00";
const testUnitReady = "00 00 00 00 00 00";
const inquiry = "12 00 00 00 FF 00";
/** Wants 8 bytes from the host; the region it sets is 1. */
const setRegion = "A3 00 00 00 00 00 00 00 00 08 06 00";
const regionOne = hex("0006 0000 FE 00 0000");
/** Wants 600 bytes, more than a packet; refused for its length once they are there. */
const longParameters = "A3 00 00 00 00 00 00 00 02 58 06 00";

const hostOf = () => new UsbHost(readyDrive({ disc: numberedDisc(4) }));

/** What the host saw of the data phase: the outcome, and whether bulk-IN or bulk-OUT halted. */
interface Expected {
  readonly host: { readonly length: string; readonly flags: "00" | "80"; readonly cdb: string };
  readonly data?: string;
  readonly csw: Uint8Array;
}

// Bulk-Only Transport 1.0, 6.7: H for the host and D for the device; n, i and o for none, in, out.
const thirteenCases: [string, Expected][] = [
  [
    "1 Hn = Dn",
    { host: { length: "00000000", flags: "00", cdb: testUnitReady }, csw: csw("00000000", "00") },
  ],
  [
    "2 Hn < Di",
    { host: { length: "00000000", flags: "80", cdb: read1 }, csw: csw("00000000", "02") },
  ],
  [
    "3 Hn < Do",
    { host: { length: "00000000", flags: "00", cdb: setRegion }, csw: csw("00000000", "02") },
  ],
  [
    "4 Hi > Dn",
    {
      host: { length: "00020000", flags: "80", cdb: readNone },
      data: "stall 0",
      csw: csw("00020000", "00"),
    },
  ],
  [
    "5 Hi > Di",
    {
      host: { length: "00100000", flags: "80", cdb: read1 },
      data: "stall 2048",
      csw: csw("00080000", "00"),
    },
  ],
  [
    "5 Hi > Di, short",
    {
      host: { length: "FF000000", flags: "80", cdb: inquiry },
      data: "ok 36",
      csw: csw("DB000000", "00"),
    },
  ],
  [
    "6 Hi = Di",
    {
      host: { length: "00080000", flags: "80", cdb: read1 },
      data: "ok 2048",
      csw: csw("00000000", "00"),
    },
  ],
  [
    "7 Hi < Di",
    {
      host: { length: "00080000", flags: "80", cdb: read2 },
      data: "ok 2048",
      csw: csw("00000000", "02"),
    },
  ],
  [
    "8 Hi <> Do",
    {
      host: { length: "00020000", flags: "80", cdb: setRegion },
      data: "stall 0",
      csw: csw("00020000", "02"),
    },
  ],
  [
    "9 Ho > Dn",
    {
      host: { length: "00020000", flags: "00", cdb: testUnitReady },
      data: "stall 0",
      csw: csw("00020000", "00"),
    },
  ],
  [
    "10 Ho <> Di",
    {
      host: { length: "00020000", flags: "00", cdb: read1 },
      data: "stall 0",
      csw: csw("00020000", "02"),
    },
  ],
  [
    "11 Ho > Do",
    {
      host: { length: "00080000", flags: "00", cdb: longParameters },
      data: "stall 1024",
      csw: csw("A8050000", "01"),
    },
  ],
  [
    "11 Ho > Do, in one packet",
    {
      host: { length: "0A000000", flags: "00", cdb: setRegion },
      data: "ok 10",
      csw: csw("02000000", "00"),
    },
  ],
  [
    "12 Ho = Do",
    {
      host: { length: "08000000", flags: "00", cdb: setRegion },
      data: "ok 8",
      csw: csw("00000000", "00"),
    },
  ],
  [
    "13 Ho < Do",
    {
      host: { length: "04000000", flags: "00", cdb: setRegion },
      data: "stall 0",
      csw: csw("04000000", "02"),
    },
  ],
];

describe("the thirteen cases", () => {
  it.each(thirteenCases)("%s", (_, { host: wants, data, csw: expected }) => {
    const host = hostOf();
    expect(host.out(cbw(wants.length, wants.flags, wants.cdb)).outcome?.status).toBe("ok");
    const length = new DataView(hex(wants.length).buffer).getUint32(0, true);
    if (data !== undefined && wants.flags === "80") {
      const { outcome } = host.in(length);
      expect(`${outcome?.status} ${outcome?.data.length}`).toBe(data);
    } else if (data !== undefined) {
      const { outcome } = host.out(concat(regionOne, new Uint8Array(length)).slice(0, length));
      expect(`${outcome?.status} ${outcome?.bytesWritten}`).toBe(data);
      if (data.startsWith("stall")) expect(host.isHalted(OUT)).toBe(true);
    }
    // A pipe that is stalled stays so until it is cleared; then the status is there.
    if (host.isHalted(IN)) {
      expect(host.in(13).outcome?.status).toBe("stall");
      host.clearHalt(IN);
    }
    host.clearHalt(OUT);
    expect(host.in(13).outcome).toEqual({ status: "ok", data: expected });

    host.out(cbw("00000000", "00", testUnitReady));
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("halts bulk-IN after short data, as USBCV sees of a compliant device", () => {
    const host = hostOf();
    host.out(cbw("FF000000", "80", inquiry));
    host.in(255);
    expect(host.isHalted(IN)).toBe(true);
  });
});

describe("a data-out phase", () => {
  it("may come in several transfers", () => {
    const drive = readyDrive();
    const host = new UsbHost(drive);
    host.out(cbw("58020000", "00", longParameters));
    expect(host.out(new Uint8Array(512)).outcome?.status).toBe("ok");
    const status = host.in(13);
    expect(status.outcome).toBeUndefined();
    expect(host.out(new Uint8Array(88)).outcome?.status).toBe("ok");
    expect(status.outcome?.data).toEqual(csw("00000000", "01"));
  });

  it("that the host breaks off is a phase error", () => {
    const host = hostOf();
    host.out(cbw("08000000", "00", setRegion));
    host.out(hex("0006 0000"));
    expect(host.in(13).outcome?.data).toEqual(csw("04000000", "02"));
  });

  it("with more than the CBW announced is a phase error", () => {
    const host = hostOf();
    host.out(cbw("08000000", "00", setRegion));
    host.out(concat(regionOne, hex("00")));
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "02"));
  });
});

describe("transfers in flight together", () => {
  it("are served in turn when all are there before the CBW", () => {
    const host = hostOf();
    const data = host.in(2048);
    const status = host.in(13);
    host.out(cbw("00080000", "80", "28 00 00 00 00 02 00 00 01 00"));
    expect(data.outcome?.data).toEqual(new Uint8Array(2048).fill(2));
    expect(status.outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("end with the CBW first, though the data was asked for before it", () => {
    const { device } = hostOf();
    const ended: string[] = [];
    device.transferIn(36, () => ended.push("data"));
    device.transferOut(cbw("24000000", "80", inquiry), () => ended.push("CBW"));
    expect(ended).toEqual(["CBW", "data"]);
  });

  it("all stall when the data phase does; the status is there once it is cleared", () => {
    const host = hostOf();
    host.out(cbw("00020000", "80", readNone));
    const data = host.in(512);
    const status = host.in(13);
    expect([data.outcome?.status, status.outcome?.status]).toEqual(["stall", "stall"]);
    host.clearHalt(IN);
    expect(host.in(13).outcome?.data).toEqual(csw("00020000", "00"));
  });

  it("let a second CBW wait until the first one's status is fetched", () => {
    const host = hostOf();
    host.out(cbw("00000000", "00", testUnitReady));
    const bytes = cbw("24000000", "80", inquiry);
    const second = host.out(bytes);
    bytes.fill(0);
    expect(second.outcome).toBeUndefined();
    host.in(13);
    expect(second.outcome).toEqual({ status: "ok", bytesWritten: 31 });
    expect(host.in(36).outcome?.data.subarray(0, 2)).toEqual(hex("05 80"));
  });

  it("let a second CBW wait also between the data and the status of a slow read", async () => {
    let deliver: (blocks: Uint8Array) => void = () => undefined;
    const disc = generatedDisc(1, () => new Promise((resolve) => (deliver = resolve)));
    const host = new UsbHost(readyDrive({ disc }));
    host.out(cbw("00080000", "80", read1));
    const data = host.in(2048);
    const second = host.out(cbw("00000000", "00", testUnitReady));
    deliver(new Uint8Array(2048));
    await new Promise((resolve) => setImmediate(resolve));
    expect([data.outcome?.status, second.outcome]).toEqual(["ok", undefined]);
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
    expect(second.outcome?.status).toBe("ok");
  });

  it("wait while the disc is read, and answer nobody after a reset", async () => {
    let deliver: (blocks: Uint8Array) => void = () => undefined;
    const disc = generatedDisc(1, () => new Promise((resolve) => (deliver = resolve)));
    const host = new UsbHost(readyDrive({ disc }));
    host.out(cbw("00080000", "80", read1));
    const data = host.in(2048);
    await Promise.resolve();
    expect(data.outcome).toBeUndefined();
    host.massStorageReset();
    deliver(new Uint8Array(2048));
    await new Promise((resolve) => setImmediate(resolve));
    expect(data.outcome).toBeUndefined();
    data.cancel();
    host.out(cbw("00000000", "00", testUnitReady));
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("are cancelled together", () => {
    const host = hostOf();
    const waiting = host.in(13);
    host.out(cbw("00000000", "00", "FF"));
    host.in(0);
    const more = [host.in(13), host.in(13)];
    host.device.cancelTransfers();
    expect(waiting.outcome?.status).toBe("ok");
    expect(more.map(({ outcome }) => outcome?.status)).toEqual(["cancelled", "cancelled"]);
  });
});

describe("a CBW that is not valid or not meaningful", () => {
  const valid = cbw("00000000", "00", testUnitReady);
  const changed = (offset: number, value: number) =>
    valid.map((byte, at) => (at === offset ? value : byte));

  // The sequence of USBCV's Error Recovery Test.
  it.each([
    ["with another signature", changed(0, 0x54)],
    ["of 30 bytes", valid.slice(0, 30)],
    ["of 32 bytes", concat(valid, hex("00"))],
    ["of no bytes", new Uint8Array(0)],
    ["of a packet and more", concat(valid, new Uint8Array(1000))],
    ["with reserved flags", changed(12, 0x01)],
    ["for another LUN", changed(13, 0x01)],
    ["with reserved LUN bits", changed(13, 0x10)],
    ["with no command block", changed(14, 0)],
    ["with a command block of 17 bytes", changed(14, 17)],
  ])("%s stalls both pipes until reset recovery", (_, packet) => {
    const host = hostOf();
    const status = host.in(13);
    host.out(packet);
    expect(status.outcome?.status).toBe("stall");
    for (const endpoint of [IN, OUT]) {
      expect(host.isHalted(endpoint)).toBe(true);
      host.clearHalt(endpoint);
      expect(host.isHalted(endpoint)).toBe(true);
    }
    expect([host.in(13).outcome?.status, host.out(valid).outcome?.status]).toEqual([
      "stall",
      "stall",
    ]);

    host.massStorageReset();
    // 3.1: the reset itself preserves the halts.
    expect([host.isHalted(IN), host.isHalted(OUT)]).toEqual([true, true]);
    host.clearHalt(IN);
    host.clearHalt(OUT);
    host.out(valid);
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("tells how much of it the device took", () => {
    const { outcome } = hostOf().out(new Uint8Array(1024));
    expect(outcome).toEqual({ status: "stall", bytesWritten: 512 });
  });

  it("is recovered from by a new configuration, too", () => {
    const host = hostOf();
    host.out(hex("00"));
    host.control("00 09 0100 0000 0000");
    host.out(valid);
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });
});

describe("a reset", () => {
  it("of the class drops the command, its data and its status", () => {
    const host = hostOf();
    host.out(cbw("00080000", "80", read1));
    host.recover();
    host.out(cbw("00000000", "00", testUnitReady));
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("of the class ends a data-out phase", () => {
    const host = hostOf();
    host.out(cbw("08000000", "00", setRegion));
    host.recover();
    expect(host.out(cbw("00000000", "00", testUnitReady)).outcome?.status).toBe("ok");
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "00"));
  });

  it("of the bus is a unit attention, and leaves the device unconfigured", () => {
    const host = hostOf();
    const waiting = host.in(13);
    host.device.busReset();
    expect(waiting.outcome?.status).toBe("cancelled");
    expect(host.in(13).outcome?.status).toBe("stall");
    expect(host.out(cbw("00000000", "00", testUnitReady)).outcome?.status).toBe("stall");
    host.control("00 09 0100 0000 0000");
    host.out(cbw("00000000", "00", testUnitReady));
    expect(host.in(13).outcome?.data).toEqual(csw("00000000", "01"));
  });
});

it("sends packets of 1024 bytes at super speed", () => {
  const host = new UsbHost(readyDrive({ disc: numberedDisc(4) }), { speed: "super" });
  host.out(cbw("00080000", "80", read1));
  expect(host.in(512).outcome?.status).toBe("babble");
  expect(host.in(1024).outcome?.status).toBe("ok");
});
