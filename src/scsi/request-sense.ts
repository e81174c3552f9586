import { bits, layout } from "../layout.js";
import { commandIn, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";
import { decodeSense, type Sense } from "./sense.js";

/** REQUEST SENSE, SPC-4, REQUEST SENSE command. */
const requestSenseCdb = layout(6, {
  operationCode: bits(0, 0xff),
  allocationLength: bits(4, 0xff),
});

/** Fixed format whole; some bridges hang when asked for more. */
const senseLength = 18;

/** Room for all that sense data may have, for bridges that bear to be asked (Linux, SANE_SENSE). */
export const longSenseLength = 96;

/** Asks why the command before it failed. The answer is wiped by the next command. */
export function requestSense(allocationLength = senseLength): Command<Sense> {
  const cdb = requestSenseCdb.pack({ operationCode: 0x03, allocationLength });
  return commandIn("REQUEST SENSE", cdb, allocationLength, decodeSense, {
    timeoutMs: informationalTimeoutMs,
    whenNotReady: "report",
  });
}
