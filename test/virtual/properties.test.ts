import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/virtual/mmc/commands.js";
import { blankDisc, generatedDisc, type Disc } from "../../src/virtual/disc.js";
import { VirtualDrive } from "../../src/virtual/drive.js";
import { concat } from "../bytes.js";
import { numberedDisc } from "./drive-host.js";
import { UsbHost } from "./usb-host.js";

const LIMIT = 1 << 16;

const discs: readonly (Disc | undefined)[] = [
  undefined,
  numberedDisc(8),
  numberedDisc(8, { media: "cd-rom" }),
  numberedDisc(64, { layerBreak: 31, copyright: { protection: "css", regionMask: 0xfe } }),
  generatedDisc(4_173_824, (_, count) => new Uint8Array(count * 2048)),
  blankDisc(),
];

const opcode = fc.oneof(
  fc.constantFrom(...commands.map((command) => command.opcode)),
  fc.nat(0xff),
);

/** Mostly known operation codes, with arguments that are small as often as they are wild. */
const cdb = fc
  .tuple(opcode, fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(0xff)), { maxLength: 15 }))
  .map(([first, rest]) => Uint8Array.of(first, ...rest));

const drive = fc
  .record({
    disc: fc.constantFrom(...discs),
    trayOpen: fc.boolean(),
    becomingReadyPolls: fc.nat(2),
  })
  .map(({ disc, ...options }) => new VirtualDrive({ ...options, ...(disc && { disc }) }));

describe("any command", () => {
  it("is answered with no more than the host takes, or with sense data", () => {
    fc.assert(
      fc.property(
        drive,
        fc.array(fc.tuple(cdb, fc.uint8Array({ maxLength: 40 })), { maxLength: 12 }),
        (target, sent) => {
          for (const [block, parameters] of sent) {
            const reply = target.execute(block, parameters, LIMIT);
            if (reply instanceof Promise) throw new TypeError("These discs answer at once.");
            expect(reply.dataIn.length).toBeLessThanOrEqual(LIMIT + 2047);
            expect(reply.status === 0x02).toBe(reply.sense !== undefined);
            if (reply.dataIn.length < reply.intendedLength) {
              expect(reply.dataIn.length).toBeGreaterThanOrEqual(LIMIT);
            }
            if (reply.status === 0x02) expect(reply.intendedLength).toBe(0);
          }
        },
      ),
    );
  });
});

const wildCbw = fc
  .record({
    cdb,
    cdbLength: fc.option(fc.nat(20), { freq: 4 }),
    tag: fc.nat(0xffffffff),
    length: fc.oneof(fc.constant(0), fc.nat(64), fc.nat(LIMIT)),
    flags: fc.constantFrom(0x00, 0x80, 0x80, 0x01),
    damage: fc.option(fc.nat(30), { freq: 10 }),
  })
  .map(({ cdb: block, cdbLength, tag, length, flags, damage }) => {
    const packet = concat(new Uint8Array(15), block, new Uint8Array(16 - block.length));
    const view = new DataView(packet.buffer);
    view.setUint32(0, 0x55534243);
    view.setUint32(4, tag, true);
    view.setUint32(8, length, true);
    view.setUint8(12, flags);
    view.setUint8(14, cdbLength ?? block.length);
    if (damage !== null) view.setUint8(damage, 0x5a);
    return {
      packet,
      tag: view.getUint32(4, true),
      length: view.getUint32(8, true),
      toHost: view.getUint8(12) === 0x80,
    };
  });

describe("any CBW", () => {
  it("ends in a CSW with a residue that adds up, or in stalls that a reset recovers from", () => {
    fc.assert(
      fc.property(drive, fc.array(wildCbw, { minLength: 1, maxLength: 8 }), (target, sent) => {
        const host = new UsbHost(target);
        for (const { packet, tag, length, toHost } of sent) {
          if (length > 2 * LIMIT) continue;
          expect(host.out(packet).outcome?.status).toBe("ok");
          let moved = 0;
          let written = 0;
          if (length > 0 && toHost) moved = host.in(length).outcome?.data.length ?? NaN;
          if (length > 0 && !toHost) {
            written = host.out(new Uint8Array(length)).outcome?.bytesWritten ?? NaN;
          }
          expect(moved).toBeLessThanOrEqual(length);
          host.clearHalt(0x81);
          host.clearHalt(0x02);
          const { outcome } = host.in(13);
          if (outcome?.status === "stall") {
            expect([host.isHalted(0x81), host.isHalted(0x02)]).toEqual([true, true]);
            host.recover();
            continue;
          }
          expect(outcome?.status).toBe("ok");
          const status = new DataView(outcome!.data.buffer);
          expect(status.getUint32(0)).toBe(0x55534253);
          expect(status.getUint32(4, true)).toBe(tag);
          const residue = status.getUint32(8, true);
          if (toHost) expect(residue).toBe(length - moved);
          else expect(residue).toBeGreaterThanOrEqual(length - written);
          expect(residue).toBeLessThanOrEqual(length);
          expect(status.getUint8(12)).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});
