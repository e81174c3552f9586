import { bits, layout } from "../layout.js";
import { commandWithoutData, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";

/** TEST UNIT READY, SPC-4, TEST UNIT READY command. */
const testUnitReadyCdb = layout(6, { operationCode: bits(0, 0xff) });

/**
 * Asks whether the medium can be accessed. It passes, or fails with the reason why not; it does not
 * wait for a unit that is becoming ready.
 */
export function testUnitReady(): Command {
  return commandWithoutData("TEST UNIT READY", testUnitReadyCdb.pack({ operationCode: 0x00 }), {
    timeoutMs: informationalTimeoutMs,
    whenNotReady: "report",
  });
}
