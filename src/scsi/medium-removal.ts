import { bits, flag, layout } from "../layout.js";
import { commandWithoutData, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";

/** PREVENT ALLOW MEDIUM REMOVAL, SBC-3 and MMC-6, PREVENT ALLOW MEDIUM REMOVAL command. */
const preventAllowMediumRemovalCdb = layout(6, {
  operationCode: bits(0, 0xff),
  persistent: flag(4, 0x02),
  prevent: flag(4, 0x01),
});

/**
 * Locks the tray, or unlocks it. With `persistent`, which MMC-6 calls persistent prevention, the
 * drive's button asks for the eject (an event of the media class) instead of doing it.
 */
export function preventAllowMediumRemoval(
  prevent: boolean,
  options: { readonly persistent?: boolean } = {},
): Command {
  const { persistent = false } = options;
  const cdb = preventAllowMediumRemovalCdb.pack({ operationCode: 0x1e, persistent, prevent });
  return commandWithoutData("PREVENT ALLOW MEDIUM REMOVAL", cdb, {
    timeoutMs: informationalTimeoutMs,
  });
}
