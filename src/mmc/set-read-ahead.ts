import { bits, layout } from "../layout.js";
import { commandWithoutData, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, SET READ AHEAD command. */
const setReadAheadCdb = layout(12, {
  operationCode: bits(0, 0xff),
  triggerLba: bits(2, 0xffff_ffff),
  readAheadLba: bits(6, 0xffff_ffff),
});

/** Has the drive read ahead from `readAheadLba` on, once it has come to `triggerLba`. */
export function setReadAhead(triggerLba: number, readAheadLba: number): Command {
  const cdb = setReadAheadCdb.pack({ operationCode: 0xa7, triggerLba, readAheadLba });
  return commandWithoutData("SET READ AHEAD", cdb, { timeoutMs: mediumAccessTimeoutMs });
}
