/** Operation codes of MMC-6 whose data may be keys. */
const reportKey = 0xa4;
const sendKey = 0xa3;
const readDiscStructure = 0xad;

/** MMC-6, REPORT KEY and SEND KEY, key class 0: challenges, bus keys and title keys. */
const secretKeyFormats = new Set([0x01, 0x02, 0x03, 0x04]);
/** READ DISC STRUCTURE: the disc key, the media identifier and the media key block. */
const secretStructures = new Set([0x02, 0x06, 0x07]);
/** What precedes the key: its length, and two reserved bytes. */
const headerBytes = 4;

/** Whether the data of a command are, or may be, keys: those of another key class may be anything. */
export function carriesKeys(cdb: Uint8Array): boolean {
  const [operation] = cdb;
  if (operation === reportKey || operation === sendKey) {
    const keyClass = cdb[7] ?? 0;
    return keyClass !== 0 || secretKeyFormats.has((cdb[10] ?? 0) & 0x3f);
  }
  return operation === readDiscStructure && secretStructures.has(cdb[7] ?? 0);
}

/** A copy of the data of such a command, with its header, and zeros in place of the rest. */
export function blanked(data: Uint8Array): Uint8Array {
  const copy = new Uint8Array(data.length);
  copy.set(data.subarray(0, headerBytes));
  return copy;
}
