import { sendRawKey } from "../mmc/send-key.js";
import { isSessionId } from "./addresses.js";
import { copyProtectKeyHeader, dvdKeyTypes } from "./copy-protect-key.js";
import {
  failure,
  shortInput,
  success,
  type IoControlDrive,
  type IoControlHandler,
  type IoControlResult,
} from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { invalidateAgid } from "./session.js";

/** SEND KEY counts its bytes in 16 bits, a header of four included. */
const maxContentLength = 0xffff - 4;
/** A key format has six bits. */
const maxKeyFormat = 0x3f;

/** What a caller may send who may only read: nothing that could change the drive for good. */
const harmlessTypes: readonly number[] = [
  dvdKeyTypes.challengeKey,
  dvdKeyTypes.busKey2,
  dvdKeyTypes.invalidateAgid,
];
const allTypes: readonly number[] = Object.values(dvdKeyTypes);

/** IOCTL_DVD_SEND_KEY. As in the reference driver, a CD drive is left to refuse by itself. */
export const sendKey: IoControlHandler = async (drive, { input }) =>
  refusalOf(input, harmlessTypes) ?? carry(drive, input);

/** IOCTL_DVD_SEND_KEY2: takes every type, so that the drive itself refuses what it does not take. */
export const sendKey2: IoControlHandler = async (drive, { input }) => {
  const refusal = refusalOf(input, allTypes);
  if (refusal) return refusal;
  if (!(await drive.isDvdDrive())) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  return carry(drive, input);
};

/** What is wrong with the length of a key to send, or with its type. */
function refusalOf(input: Uint8Array, types: readonly number[]): IoControlResult | undefined {
  const refusal = shortInput(input, copyProtectKeyHeader.size);
  if (refusal) return refusal;
  const { keyLength, keyType } = copyProtectKeyHeader.decode(input);
  const fits = keyLength === input.length && types.includes(keyType);
  return fits ? undefined : failure(ntStatus.STATUS_INVALID_PARAMETER);
}

async function carry(drive: IoControlDrive, input: Uint8Array): Promise<IoControlResult> {
  const { keyType, sessionId } = copyProtectKeyHeader.decode(input);
  const content = input.slice(copyProtectKeyHeader.size);
  const isRegion = keyType === dvdKeyTypes.setRpcKey;
  if (!isRegion && !isSessionId(sessionId)) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  if (content.length > maxContentLength) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  if (keyType === dvdKeyTypes.invalidateAgid) {
    await invalidateAgid(drive, sessionId);
    return success();
  }
  if (keyType > maxKeyFormat) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  await drive.execute(sendRawKey({ keyFormat: keyType, agid: sessionId & 0x03, content }));
  return success();
}
