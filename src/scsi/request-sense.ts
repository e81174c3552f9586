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

/** Asks why the command before it failed. The answer is wiped by the next command. */
export function requestSense(): Command<Sense> {
  const cdb = requestSenseCdb.pack({ operationCode: 0x03, allocationLength: senseLength });
  return commandIn("REQUEST SENSE", cdb, senseLength, decodeSense, {
    timeoutMs: informationalTimeoutMs,
    whenNotReady: "report",
  });
}
