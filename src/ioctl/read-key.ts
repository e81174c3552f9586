import { MalformedResponseError, UsbDvdError } from "../errors.js";
import { bits, layout } from "../layout.js";
import { readDiscKey } from "../mmc/read-disc-structure.js";
import { reportRawKey } from "../mmc/report-key.js";
import { isSessionId, lbaOf } from "./addresses.js";
import { copyProtectKeyHeader, dvdKeyLengths, dvdKeyTypes } from "./copy-protect-key.js";
import {
  failure,
  shortInput,
  success,
  type IoControlDrive,
  type IoControlHandler,
} from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { invalidateAgid } from "./session.js";

/** What REPORT KEY answers with, before the key. */
const replyHeader = layout(4, { dataLength: bits(0, 0xffff) });
/** The length counts what follows it, two reserved bytes first. */
const reservedLength = 2;

/** REPORT KEY counts its bytes in 16 bits. */
const maxAllocationLength = 0xffff;
/** A key format has six bits. */
const maxKeyFormat = 0x3f;

interface KeyKind {
  /** Bytes that the output buffer must have. */
  readonly length: number;
  /** Bytes without which the reply holds no such key. */
  readonly content: number;
  /** Set where the drive does not ask whose session it is. */
  readonly sessionless?: true;
}

/** The reference driver takes any other type too, set-RPC among them, and lets the drive refuse. */
const otherKind: KeyKind = { length: copyProtectKeyHeader.size, content: 0 };

const kinds: Readonly<Record<number, KeyKind>> = {
  [dvdKeyTypes.challengeKey]: { length: dvdKeyLengths.challengeKey, content: 10 },
  [dvdKeyTypes.busKey1]: { length: dvdKeyLengths.busKey, content: 5 },
  [dvdKeyTypes.busKey2]: { length: dvdKeyLengths.busKey, content: 5 },
  [dvdKeyTypes.titleKey]: { length: dvdKeyLengths.titleKey, content: 6 },
  [dvdKeyTypes.asf]: { length: dvdKeyLengths.asf, content: 4 },
  [dvdKeyTypes.setRpcKey]: { ...otherKind, sessionless: true },
  [dvdKeyTypes.getRpcKey]: { length: dvdKeyLengths.rpcKey, content: 3, sessionless: true },
  [dvdKeyTypes.diskKey]: { length: dvdKeyLengths.diskKey, content: 2048 },
};

type KeyRequest = ReturnType<typeof copyProtectKeyHeader.decode>;

/**
 * IOCTL_DVD_READ_KEY: answers with a DVD_COPY_PROTECT_KEY of the type that it was asked with.
 *
 * Beyond the reference driver's checks, and after them, a session, a type or an offset that does not
 * fit its field of the CDB is refused: cut to size, it would be another's.
 */
export const readKey: IoControlHandler = async (drive, { input, outputLength }) => {
  const refusal = shortInput(input, copyProtectKeyHeader.size);
  if (refusal) return refusal;
  const key = copyProtectKeyHeader.decode(input);
  const kind = kinds[key.keyType] ?? otherKind;
  if (outputLength < kind.length) return failure(ntStatus.STATUS_BUFFER_TOO_SMALL, kind.length);
  if (!(await drive.isDvdDrive())) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  if (!kind.sessionless && !isSessionId(key.sessionId)) {
    return failure(ntStatus.STATUS_INVALID_PARAMETER);
  }
  if (key.keyType === dvdKeyTypes.diskKey) {
    return success(packKey(key, await drive.execute(readDiscKey(key.sessionId))));
  }
  if (key.keyType === dvdKeyTypes.invalidateAgid) {
    await invalidateAgid(drive, key.sessionId);
    return success();
  }
  if (key.keyType > maxKeyFormat) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);

  const isTitleKey = key.keyType === dvdKeyTypes.titleKey;
  const lba = isTitleKey ? lbaOf(key.titleOffset) : 0;
  if (lba === undefined) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  if (key.keyType === dvdKeyTypes.getRpcKey) await tryInitialRegion(drive);
  const room = outputLength - copyProtectKeyHeader.size + replyHeader.length;
  const reply = await drive.execute(
    reportRawKey({
      keyFormat: key.keyType,
      allocationLength: Math.min(room, maxAllocationLength),
      agid: key.sessionId & 0x03,
      ...(isTitleKey && { lba }),
    }),
  );
  const content = contentOf(reply, kind);
  if (content === undefined) return success();
  if (!isTitleKey) return success(packKey(key, content));
  const [keyFlags = 0, ...titleKey] = content;
  return success(packKey({ ...key, keyFlags }, Uint8Array.of(...titleKey, 0)));
};

/**
 * The region is set before it is read, as the reference driver does it, which reads it also where
 * that has failed: what the drive then answers is the truth.
 */
export async function tryInitialRegion(drive: IoControlDrive): Promise<void> {
  try {
    await drive.ensureInitialRegion();
  } catch (error) {
    if (!(error instanceof UsbDvdError)) throw error;
  }
}

/** What the drive has sent of what it says it sends; undefined where that is nothing at all. */
function contentOf(reply: Uint8Array, kind: KeyKind): Uint8Array | undefined {
  if (kind.content === 0 && reply.length < replyHeader.length) return undefined;
  const { dataLength } = replyHeader.unpack(reply, "REPORT KEY data");
  if (kind.content === 0 && dataLength < reservedLength) return undefined;
  const announced = Math.max(0, dataLength - reservedLength);
  const content = reply.subarray(replyHeader.length, replyHeader.length + announced);
  // The reference driver hands out what there is: a caller could take it for the key.
  if (content.length < kind.content) {
    throw new MalformedResponseError(
      "REPORT KEY data",
      replyHeader.length + content.length,
      `${kind.content} bytes of key are needed, ${content.length} came`,
    );
  }
  return content;
}

/** The answer has what the caller gave in its header, but for the length and the flags. */
function packKey(key: KeyRequest, keyData: Uint8Array): Uint8Array {
  const keyLength = copyProtectKeyHeader.size + keyData.length;
  const packed = new Uint8Array(keyLength);
  packed.set(copyProtectKeyHeader.encode({ ...key, keyLength }));
  packed.set(keyData, copyProtectKeyHeader.size);
  return packed;
}
