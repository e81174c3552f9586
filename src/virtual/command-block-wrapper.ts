import { byteAt, readLe32 } from "./bytes.js";

const CBW_BYTES = 31;
const CBW_SIGNATURE = 0x43425355; // "USBC", little-endian
const CSW_SIGNATURE = 0x53425355; // "USBS"

/** A CBW that was valid and meaningful. */
export interface CommandBlockWrapper {
  readonly tag: number;
  /** Bytes the host will move in the data phase. */
  readonly transferLength: number;
  /** The way they go; of no meaning when there are none. */
  readonly toHost: boolean;
  readonly cdb: Uint8Array;
}

/** bCSWStatus (Bulk-Only Transport 1.0, table 5.3). */
export type CswStatus = "passed" | "failed" | "phaseError";

const statusByte: Record<CswStatus, number> = { passed: 0x00, failed: 0x01, phaseError: 0x02 };

/**
 * Reads a CBW (Bulk-Only Transport 1.0, 5.1). Nothing comes back when it is not valid (6.2.1) or
 * not meaningful (6.2.2): another length or signature, reserved bits, a LUN beyond the one there
 * is, or a command block of no length.
 */
export function readCbw(packet: Uint8Array): CommandBlockWrapper | undefined {
  if (packet.length !== CBW_BYTES || readLe32(packet, 0) !== CBW_SIGNATURE) return undefined;
  const flags = byteAt(packet, 12);
  const lunAndReserved = byteAt(packet, 13);
  const cdbLength = byteAt(packet, 14);
  const meaningful =
    (flags & 0x7f) === 0 && lunAndReserved === 0 && cdbLength >= 1 && cdbLength <= 16;
  if (!meaningful) return undefined;
  return {
    tag: readLe32(packet, 4),
    transferLength: readLe32(packet, 8),
    toHost: flags === 0x80,
    cdb: packet.slice(15, 15 + cdbLength),
  };
}

/** A CSW (5.2). The residue is what the host expected less what the command dealt with. */
export function encodeCsw(
  tag: number,
  residue: number,
  status: CswStatus,
): Uint8Array<ArrayBuffer> {
  const csw = new Uint8Array(13);
  writeLe32(csw, 0, CSW_SIGNATURE);
  writeLe32(csw, 4, tag);
  writeLe32(csw, 8, residue);
  csw[12] = statusByte[status];
  return csw;
}

function writeLe32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value;
  target[offset + 1] = value >>> 8;
  target[offset + 2] = value >>> 16;
  target[offset + 3] = value >>> 24;
}
