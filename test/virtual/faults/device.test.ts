import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FaultScript } from "../../../src/virtual/faults/script.js";
import { concat, hex } from "../../bytes.js";
import { numberedDisc, readyDrive } from "../drive-host.js";
import { cbw, csw, IN, OUT, UsbHost } from "../usb-host.js";

const readBlock = cbw("00080000", "80", "28 00 00 00 00 03 00 00 01 00");
const testUnitReady = cbw("00000000", "00", "00 00 00 00 00 00");
const requestSense = cbw("12000000", "80", "03 00 00 00 12 00");
const setRegion = cbw("08000000", "00", "A3 00 00 00 00 00 00 00 00 08 06 00");
const regionOne = hex("0006 0000 FE 00 0000");
const block3 = new Uint8Array(2048).fill(3);
const good = csw("00000000", "00");
const noData = csw("00080000", "00");

function hostWith(script: string): UsbHost {
  const drive = readyDrive({ disc: numberedDisc(4) });
  return new UsbHost(drive, { faults: FaultScript.parse(script) });
}

/** What comes on bulk-IN, transfer by transfer, until there is nothing more. */
function answers(host: UsbHost, lengths: readonly number[]): unknown[] {
  return lengths.map((length) => {
    const { outcome } = host.in(length);
    if (outcome?.status === "stall") host.clearHalt(IN);
    return outcome && [outcome.status, outcome.data];
  });
}

describe("a fault in the data or the status of a read", () => {
  const none = new Uint8Array();
  it.each([
    ["phase=data: stall", ["stall", none], ["ok", noData]],
    ["phase=data: babble", ["babble", none], ["ok", good]],
    ["short 512", ["ok", concat(block3.subarray(0, 512), csw("00060000", "00"))], undefined],
    ["short 100", ["ok", block3.subarray(0, 100)], ["ok", csw("9C070000", "00")]],
    ["short 0", ["ok", noData], undefined],
    ["early-csw", ["ok", noData], undefined],
    ["long 13", ["ok", block3], ["ok", new Uint8Array(13)], ["ok", good]],
    ["header-length 258", ["ok", concat(hex("01 02"), block3.subarray(2))], ["ok", good]],
    ["phase=status: stall", ["ok", block3], ["stall", none], ["ok", good]],
    ["phase=status: babble", ["ok", block3], ["babble", none], undefined],
    ["empty-csw", ["ok", block3], ["ok", none], ["ok", good]],
    ["signature 0x53425354", ["ok", block3], ["ok", hex("54534253 01000000 00000000 00")]],
    ["tag 0x01020304", ["ok", block3], ["ok", hex("55534253 04030201 00000000 00")]],
    ["residue 16", ["ok", block3], ["ok", csw("10000000", "00")]],
    ["phase-error", ["ok", block3], ["ok", csw("00000000", "02")]],
    ["phase=data: silence", undefined],
    ["phase=status: silence", ["ok", block3], undefined],
    ["short 100\n: residue 0", ["ok", block3.subarray(0, 100)], ["ok", good]],
  ])("is as told: %s", (script, ...expected) => {
    const host = hostWith(`op=28 ${script.includes("=") ? "" : ":"}${script}`);
    expect(host.out(readBlock).outcome?.status).toBe("ok");
    const lengths = [2048, 13, 13].slice(0, expected.length);
    expect(answers(host, lengths)).toEqual(expected);
    // Whatever it was, recovery brings the device back, and the next command goes as it should.
    host.device.cancelBulkTransfers();
    host.recover();
    host.out(testUnitReady);
    expect(host.in(13).outcome?.data[12]).toBe(0);
  });

  it("comes before the status where a command has no data", () => {
    const host = hostWith("op=00 phase=data: stall");
    host.out(testUnitReady);
    expect(answers(host, [13, 13])).toEqual([
      ["stall", none],
      ["ok", good],
    ]);
  });
});

describe("a fault in the command phase", () => {
  it("stalls the CBW, which is then not carried out", () => {
    const host = hostWith("op=a3 phase=command times=1: stall");
    expect(host.out(setRegion).outcome).toEqual({ status: "stall", bytesWritten: 0 });
    expect(host.isHalted(OUT)).toBe(true);
    host.recover();
    host.out(setRegion);
    host.out(regionOne);
    expect(host.in(13).outcome?.data).toEqual(good);
  });

  it("takes no CBW any more, until a reset", () => {
    const host = hostWith("op=28 phase=command times=1: silence");
    const command = host.out(readBlock);
    expect(command.outcome).toBeUndefined();
    command.cancel();
    host.out(testUnitReady);
    expect(host.in(13).outcome).toBeUndefined();
    host.device.cancelBulkTransfers();
    host.recover();
    host.out(readBlock);
    expect(answers(host, [2048, 13])).toEqual([
      ["ok", block3],
      ["ok", good],
    ]);
  });

  it.each([
    ["sense 03/11/05", "03", "1105"],
    ["drive-reset", "06", "2900"],
    ["disc-change", "06", "2800"],
  ])("fails the command for: %s", (fault, key, code) => {
    const host = hostWith(`op=28 times=1: ${fault}`);
    host.out(readBlock);
    expect(answers(host, [2048, 13])).toEqual([
      ["stall", new Uint8Array()],
      ["ok", csw("00080000", "01")],
    ]);
    host.out(requestSense);
    const sense = host.in(18).outcome?.data ?? new Uint8Array();
    expect([sense[2], sense[12], sense[13]]).toEqual([...hex(key + code)]);
    host.in(13);
    host.out(readBlock);
    expect(host.in(2048).outcome?.data).toEqual(block3);
  });
});

describe("a fault in the data from the host", () => {
  it("stalls them, and the command is not carried out", () => {
    const host = hostWith("op=a3 phase=data times=1: stall");
    host.out(setRegion);
    expect(host.out(regionOne).outcome?.status).toBe("stall");
    expect(host.in(13).outcome?.data).toEqual(csw("08000000", "01"));
  });

  it("takes none", () => {
    const host = hostWith("op=a3 phase=data times=1: silence");
    host.out(setRegion);
    expect(host.out(regionOne).outcome).toBeUndefined();
  });
});

it("is over for the next command once the script is taken away", () => {
  const host = hostWith("op=28: phase-error");
  host.out(readBlock);
  expect(answers(host, [2048, 13])).toEqual([
    ["ok", block3],
    ["ok", csw("00000000", "02")],
  ]);
  host.device.faults = undefined;
  host.out(readBlock);
  expect(answers(host, [2048, 13])).toEqual([
    ["ok", block3],
    ["ok", good],
  ]);
});

describe("a delay", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(["command", "data", "status"])("in the %s phase passes", (phase) => {
    const host = hostWith(`op=28 phase=${phase}: delay 700`);
    host.out(readBlock);
    const transfers = [host.in(2048), host.in(13)];
    const waits = transfers.at(phase === "status" ? 1 : 0);
    vi.advanceTimersByTime(699);
    expect(waits?.outcome).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(transfers.map((transfer) => transfer.outcome?.data)).toEqual([block3, good]);
  });

  it("is over with a reset, and what was delayed never comes", () => {
    const host = hostWith(`op=28 phase=command times=1: delay 700`);
    host.out(readBlock);
    host.recover();
    host.out(testUnitReady);
    const status = host.in(13);
    const more = host.in(13);
    vi.advanceTimersByTime(700);
    expect(status.outcome?.data).toEqual(good);
    expect(more.outcome).toBeUndefined();
  });
});

describe("a fault in a request of the recovery", () => {
  it.each([
    ["reset", "21 FF 0000 0000 0000"],
    ["clear-in", "02 01 0000 8100 0000"],
    ["clear-out", "02 01 0000 0200 0000"],
    ["max-lun", "A1 FE 0000 0000 0100"],
  ])("in the phase %s", (phase, setup) => {
    const host = hostWith(`phase=${phase} nth=1: stall\nphase=${phase} nth=2: silence`);
    expect(host.control(setup).status).toBe("stall");
    const hung = host.request(setup);
    expect(hung.outcome).toBeUndefined();
    hung.cancel();
    expect(hung.outcome?.status).toBe("cancelled");
    expect(host.control(setup).status).toBe("ok");
  });
});

describe("pulling the plug", () => {
  it.each(["command", "data", "status"])("in the %s phase ends all that waits", (phase) => {
    const host = hostWith(`op=28 phase=${phase}: unplug`);
    let unplugged = 0;
    const stopListening = host.device.onUnplug(() => unplugged++);
    host.in(2048);
    const status = host.in(13);
    host.out(readBlock);
    expect(unplugged).toBe(1);
    expect(status.outcome?.status).toBe("cancelled");
    expect(host.device.configured).toBe(false);
    stopListening();
    host.device.unplug();
    expect(unplugged).toBe(1);
  });

  it("comes with a request, too", () => {
    const host = hostWith("phase=reset: unplug");
    const request = host.request("21 FF 0000 0000 0000");
    expect(request.outcome?.status).toBe("cancelled");
  });
});
