import { operationName } from "../trace/index.js";

/** Operation codes that change a drive, or a disc in it, for good (SPC-4, MMC-6). */
const lasting = new Set([
  0x04, // FORMAT UNIT
  0x15, // MODE SELECT (6)
  0x2a, // WRITE (10)
  0x2e, // WRITE AND VERIFY (10)
  0x3b, // WRITE BUFFER: firmware
  0x53, // RESERVE TRACK
  0x54, // SEND OPC INFORMATION
  0x55, // MODE SELECT (10)
  0x58, // REPAIR TRACK
  0x5b, // CLOSE TRACK SESSION
  0x5d, // SEND CUE SHEET
  0xa1, // BLANK
  0xaa, // WRITE (12)
  0xb5, // SECURITY PROTOCOL OUT
  0xbf, // SEND DISC STRUCTURE
]);

const sendKey = 0xa3;
/** Of key class 0: the challenge, the bus key, and invalidation. */
const passingKeyFormats = new Set([0x01, 0x03, 0x3f]);

/** Why a command may change a drive or a disc for good; undefined where it does not. */
export function whyLasting(cdb: Uint8Array): string | undefined {
  const [operation = 0] = cdb;
  if (operation === sendKey) {
    const keyClass = cdb[7] ?? 0;
    const format = (cdb[10] ?? 0) & 0x3f;
    if (keyClass === 0 && passingKeyFormats.has(format)) return undefined;
    return "SEND KEY may set the drive's region, of which there are few changes";
  }
  if (lasting.has(operation)) {
    return `${operationName(operation)} changes the drive or the disc for good`;
  }
  // SPC-4: groups 6 and 7, and 60h to 7Dh besides.
  const isVendors = operation >= 0xc0 || (operation >= 0x60 && operation < 0x7e);
  return isVendors ? "it is the vendor's own, and nobody else knows what it does" : undefined;
}
