import { setReadAhead } from "../mmc/set-read-ahead.js";
import { lbaOf } from "./addresses.js";
import { failure, success, type IoControlHandler } from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { storageSetReadAhead } from "./structures.js";

/** IOCTL_DVD_SET_READ_AHEAD, which IOCTL_STORAGE_SET_READ_AHEAD is another name for. */
export const setDvdReadAhead: IoControlHandler = async (drive, { input }) => {
  if (input.length < storageSetReadAhead.size) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  const { triggerAddress, targetAddress } = storageSetReadAhead.decode(input);
  const trigger = lbaOf(triggerAddress);
  const target = lbaOf(targetAddress);
  if (trigger === undefined || target === undefined) {
    return failure(ntStatus.STATUS_INVALID_PARAMETER);
  }
  await drive.execute(setReadAhead(trigger, target));
  return success();
};
