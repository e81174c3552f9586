import { bits, int64 } from "../layout.js";
import { StructureError } from "./errors.js";
import { structure, type Structure } from "./structure.js";

/** DVD_KEY_TYPE. */
export const dvdKeyTypes = {
  challengeKey: 0x01,
  busKey1: 0x02,
  busKey2: 0x03,
  titleKey: 0x04,
  asf: 0x05,
  setRpcKey: 0x06,
  getRpcKey: 0x08,
  invalidateAgid: 0x3f,
  diskKey: 0x80,
} as const;

/** Bytes of a whole DVD_COPY_PROTECT_KEY, by what it holds. */
export const dvdKeyLengths = {
  asf: 28,
  busKey: 32,
  challengeKey: 36,
  diskKey: 2072,
  rpcKey: 28,
  setRpcKey: 28,
  titleKey: 32,
} as const;

/**
 * What comes before the key data. The union at 16 is a HANDLE of 4 or 8 bytes or a LARGE_INTEGER of
 * 8, which is always the larger: these are 24 bytes on 32-bit and on 64-bit Windows alike.
 */
export const copyProtectKeyHeader = structure("DVD_COPY_PROTECT_KEY", 24, {
  /** Bytes of the whole, this header included. */
  keyLength: bits(0, 0xffff_ffff),
  sessionId: bits(4, 0xffff_ffff),
  keyType: bits(8, 0xffff_ffff),
  /** Of a title key: CPM, CP_SEC and CGMS as the drive sends them (80h, 40h, 30h). */
  keyFlags: bits(12, 0xffff_ffff),
  /** Of a title key: the byte at which its sector begins. */
  titleOffset: int64(16),
});

export interface DvdCopyProtectKey {
  readonly sessionId: number;
  /** One of `dvdKeyTypes`, or any other. */
  readonly keyType: number;
  readonly keyFlags: number;
  readonly titleOffset: bigint;
  readonly keyData: Uint8Array;
}

/** A key with what says which it is. KeyLength is the length of the whole, both ways. */
export const dvdCopyProtectKey: Structure<DvdCopyProtectKey> = {
  size: copyProtectKeyHeader.size,
  encode({ keyData = new Uint8Array(), ...header }) {
    const keyLength = copyProtectKeyHeader.size + keyData.length;
    const data = new Uint8Array(keyLength);
    data.set(copyProtectKeyHeader.encode({ ...header, keyLength }));
    data.set(keyData, copyProtectKeyHeader.size);
    return data;
  },
  decode(data) {
    const { keyLength, ...header } = copyProtectKeyHeader.decode(data);
    if (keyLength < copyProtectKeyHeader.size || keyLength > data.length) {
      const problem = `its KeyLength says ${keyLength}, of 24 to ${data.length} bytes`;
      throw new StructureError("DVD_COPY_PROTECT_KEY", problem);
    }
    return { ...header, keyData: data.slice(copyProtectKeyHeader.size, keyLength) };
  },
};
