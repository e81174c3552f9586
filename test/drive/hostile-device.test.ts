import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { UsbDvdError } from "../../src/errors.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { VirtualUsbDevice, type BulkOnlyTarget, type Reply } from "../../src/virtual/index.js";
import { fuzzCases, fuzzSeed } from "../fuzz.js";
import { letTimePass, startClock, stopClock } from "../virtual-clock.js";

/** What a device answers, command by command: whether it is content, and with which bytes. */
const answers = fc.array(
  fc.record({
    isGood: fc.boolean(),
    // Lengths and counts that are read out of these claim anything up to 4 GiB.
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => bytes.fill(0xff, 0, 4)),
    ),
  }),
  { minLength: 1, maxLength: 40 },
);

interface Answer {
  readonly isGood: boolean;
  readonly bytes: Uint8Array;
}

/** Gives one answer after the other, and begins anew. */
function hostileTarget(list: readonly Answer[]): BulkOnlyTarget {
  let turn = 0;
  return {
    identity: { serial: "000000000666" },
    parameterLength: (cdb) => (cdb[0] === 0xa3 ? ((cdb[8] ?? 0) << 8) | (cdb[9] ?? 0) : 0),
    reset: () => undefined,
    failNext: () => undefined,
    reinsertDisc: () => undefined,
    execute(cdb, _parameters, hostLength): Reply {
      const { isGood, bytes } = list[turn++ % list.length] as Answer;
      // It is at least an optical drive, or nothing would be asked of it.
      const dataIn = cdb[0] === 0x12 ? opticalDrive : bytes;
      const intendedLength = Math.min(dataIn.length, hostLength);
      return isGood || cdb[0] === 0x12
        ? { status: 0x00, dataIn: dataIn.subarray(0, hostLength), intendedLength }
        : { status: 0x02, dataIn: new Uint8Array(), intendedLength: 0 };
    },
  };
}

const opticalDrive = new Uint8Array(36);
opticalDrive[0] = 0x05;

beforeEach(stopClock);
afterEach(startClock);

it(
  "a device that answers anything gets typed errors and answers, and never hangs",
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (list) => {
        const device = new VirtualUsbDevice(hostileTarget(list));
        const session = (async () => {
          const drive = await OpticalDrive.open(await openWebUsb(device));
          const told: unknown[] = [];
          const asked = [
            () => drive.presence(),
            () => drive.capabilities(),
            () => drive.medium(),
            () => drive.readSpeeds(),
            () => drive.keys.readRegion(),
            () => drive.keys.mediumRegions(),
            () => drive.keys.startSession(),
            () => drive.read({ lba: 0, blocks: 8 }).next(),
          ];
          for (const ask of asked) {
            await ask().catch((error: unknown) => told.push(error));
          }
          await drive.close().catch((error: unknown) => told.push(error));
          return told;
        })();
        const told = await letTimePass(
          session.catch((error: unknown) => [error]),
          3_000,
        );
        for (const error of told) expect(error).toBeInstanceOf(UsbDvdError);
      }),
      { numRuns: Math.ceil(fuzzCases / 20), seed: fuzzSeed },
    );
  },
);
