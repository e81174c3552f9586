import type { Executor } from "../scsi/executor.js";
import { reportAgid, reportInvalidateAgid } from "../mmc/report-key.js";
import { sendInvalidateAgid } from "../mmc/send-key.js";
import { isSenseError } from "../scsi/sense-error.js";
import { isSessionId } from "./addresses.js";
import { failure, shortInput, success, type IoControlHandler } from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { dvdEndAllSessions, dvdSessionId } from "./structures.js";

/** IOCTL_DVD_START_SESSION: answers with a DVD_SESSION_ID. */
export const startSession: IoControlHandler = async (drive, { outputLength }) => {
  const { size } = dvdSessionId;
  if (outputLength < size) return failure(ntStatus.STATUS_BUFFER_TOO_SMALL, size);
  if (!(await drive.isDvdDrive())) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  const sessionId = await drive.execute(reportAgid());
  return success(dvdSessionId.encode({ sessionId }));
};

/**
 * IOCTL_DVD_END_SESSION, of one session or of all. All four are tried, whatever becomes of the
 * others, and the first failure is told; the reference driver stops at it, and leaves the rest.
 */
export const endSession: IoControlHandler = async (drive, { input }) => {
  const refusal = shortInput(input, dvdSessionId.size);
  if (refusal) return refusal;
  const { sessionId } = dvdSessionId.decode(input);
  const endsAll = sessionId === dvdEndAllSessions;
  if (!endsAll && !isSessionId(sessionId)) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  const errors: unknown[] = [];
  for (const agid of endsAll ? [0, 1, 2, 3] : [sessionId]) {
    try {
      await invalidateAgid(drive, agid);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return success();
};

/** Ends a session as Windows does it, and as Linux does it where the drive does not know that. */
export async function invalidateAgid(drive: Executor, agid: number): Promise<void> {
  try {
    await drive.execute(sendInvalidateAgid(agid));
  } catch (refusal) {
    if (!isSenseError(refusal, "illegalRequest")) throw refusal;
    await drive.execute(reportInvalidateAgid(agid));
  }
}
