import { readCopyrightInformation } from "../mmc/read-disc-structure.js";
import { reportRpcState } from "../mmc/report-key.js";
import { failure, success, type IoControlHandler } from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { tryInitialRegion } from "./read-key.js";
import { dvdRegion } from "./structures.js";

const rpc2 = 1;

/** IOCTL_DVD_GET_REGION: answers with a DVD_REGION, of the medium and of an RPC-II drive. */
export const getRegion: IoControlHandler = async (drive, { outputLength }) => {
  if (!(await drive.isDvdDrive())) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  // Here alone, the reference driver does not say how much is needed.
  if (outputLength < dvdRegion.size) return failure(ntStatus.STATUS_BUFFER_TOO_SMALL);
  const { protection, regionMask } = await drive.execute(readCopyrightInformation());
  await tryInitialRegion(drive);
  const state = await drive.execute(reportRpcState());
  if (state.scheme.code !== rpc2) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  return success(
    dvdRegion.encode({
      copySystem: protection.code,
      regionData: regionMask,
      systemRegion: state.type === "none" ? 0 : ~state.regionMask & 0xff,
      resetCount: state.userChanges,
    }),
  );
};
