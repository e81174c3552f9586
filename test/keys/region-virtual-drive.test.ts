import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import { UsbTimeoutError } from "../../src/usb/errors.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";

/** `npm run test:long` asks for more. */
const cases = Number(process.env["FUZZ_CASES"] ?? 1_000);

const disc = discFromBytes(new Uint8Array(16 * 2048), {
  copyright: { protection: "css", regionMask: 0b1111_1001 }, // plays in regions 2 and 3
});

/** What may happen; some of it at the same time. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    region: fc.integer({ min: 1, max: 8 }),
    /** How far the confirmation is from the truth. */
    off: fc.constantFrom(0, 0, 0, 1),
    timesOut: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("automatic" as const), timesOut: fc.boolean() }),
  fc.record({ kind: fc.constant("unplug" as const) }),
);

/** A connection that loses the status of a SEND KEY, after the drive has carried it out. */
function losingStatus(connection: UsbConnection, armed: { timesOut: boolean }): UsbConnection {
  const sendKey = 0xa3;
  let isSendKey = false;
  return {
    info: connection.info,
    limits: { ...connection.limits, queuesTransfers: false },
    async transferOut(data, options) {
      if (data.length === 31) isSendKey = data[15] === sendKey;
      return connection.transferOut(data, options);
    },
    async transferIn(length, options) {
      const result = await connection.transferIn(length, options);
      if (!isSendKey || !armed.timesOut) return result;
      armed.timesOut = false;
      throw new UsbTimeoutError("SEND KEY", 1);
    },
    classRequestIn: (...request) => connection.classRequestIn(...request),
    classRequestOut: (...request) => connection.classRequestOut(...request),
    clearHalt: (direction) => connection.clearHalt(direction),
    reset: () => connection.reset(),
    close: () => connection.close(),
  };
}

/** The engine waits for drives that lag; nobody wants to wait for the engine. */
async function inNoTime<Result>(work: Promise<Result>): Promise<Result> {
  const state = { isOver: false };
  const end = (): void => {
    state.isOver = true;
  };
  work.then(end, end);
  while (!state.isOver) await vi.advanceTimersByTimeAsync(500);
  return work;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it(
  "never spends a change that nobody asked for, whatever happens in between",
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        fc.boolean(),
        fc.record({ laggingRegion: fc.nat(9), unitAttentionAfterSendKey: fc.boolean() }),
        async (rounds, hasDisc, oddities) => {
          let spent = 0;
          const virtual = new VirtualDrive({
            ...(hasDisc && { disc }),
            oddities,
            onRegionChange: () => {
              spent++;
            },
          });
          const armed = { timesOut: false };
          const plugIn = async () => {
            const device = new VirtualUsbDevice(virtual);
            const connection = losingStatus(await openWebUsb(device), armed);
            return { device, drive: await inNoTime(OpticalDrive.open(connection)) };
          };
          let { device, drive } = await plugIn();
          let asked = 0;
          for (const round of rounds) {
            const known = virtual.region.userChanges;
            // All of a round at once; what fails is the caller's to know, and spends nothing more.
            await inNoTime(
              Promise.allSettled(
                round.map((what) => {
                  if (what.kind === "unplug") {
                    device.unplug();
                    return Promise.resolve();
                  }
                  armed.timesOut ||= what.timesOut;
                  if (what.kind === "automatic") {
                    asked++;
                    return drive.keys.ensureInitialRegion();
                  }
                  if (what.off === 0) asked++;
                  return drive.keys.setRegion(what.region, { confirm: known + what.off });
                }),
              ),
            );
            // However many there were, one confirmation is good for one change.
            expect(known - virtual.region.userChanges).toBeLessThanOrEqual(
              1 + (known === 5 ? 1 : 0),
            );
            if (round.some(({ kind }) => kind === "unplug")) {
              await inNoTime(drive.close());
              ({ device, drive } = await plugIn());
            }
          }
          expect(spent).toBeLessThanOrEqual(asked);
          expect(virtual.region.userChanges).toBe(5 - spent);
          await inNoTime(drive.close());
        },
      ),
      { numRuns: cases },
    );
  },
);
