import type { BulkOnlyTarget } from "../../../src/virtual/bulk-only-device.js";
import { data, done, refuse, type Reply } from "../../../src/virtual/reply.js";
import { invalidOperationCode } from "../../../src/virtual/sense.js";

const blockBytes = 512;
const blocks = 2_000;

/**
 * The disk of the USBCV log, as far as its transport tests use it: INQUIRY, TEST UNIT READY, READ
 * CAPACITY, REQUEST SENSE, READ (10) and WRITE (10).
 */
export class SmallDisk implements BulkOnlyTarget {
  readonly identity = { serial: "0123456789AB" };

  parameterLength(cdb: Uint8Array): number {
    return cdb[0] === 0x2a ? blockCount(cdb) * blockBytes : 0;
  }

  execute(cdb: Uint8Array): Reply {
    switch (cdb[0]) {
      case 0x00:
      case 0x2a:
        return done;
      case 0x03:
        return data(new Uint8Array(18), cdb[4]);
      case 0x12:
        return data(new Uint8Array(36), cdb[4]);
      case 0x25: {
        const capacity = new DataView(new ArrayBuffer(8));
        capacity.setUint32(0, blocks - 1);
        capacity.setUint32(4, blockBytes);
        return data(new Uint8Array(capacity.buffer));
      }
      case 0x28:
        // As the device of the log: a read of nothing is none.
        if (blockCount(cdb) === 0) return refuse(invalidOperationCode);
        return data(new Uint8Array(blockCount(cdb) * blockBytes));
      default:
        return refuse(invalidOperationCode);
    }
  }

  reset(): void {
    // It has no state.
  }

  failNext(): void {
    throw new Error("No fault is asked for.");
  }

  reinsertDisc(): void {
    throw new Error("There is no disc.");
  }
}

const blockCount = (cdb: Uint8Array): number => ((cdb[7] ?? 0) << 8) | (cdb[8] ?? 0);
