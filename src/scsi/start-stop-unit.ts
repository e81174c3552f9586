import { bits, flag, layout } from "../layout.js";
import { commandWithoutData, type Command } from "./command.js";
import { loadEjectTimeoutMs } from "./deadlines.js";

/** START STOP UNIT, SBC-3 and MMC-6, START STOP UNIT command. */
const startStopUnitCdb = layout(6, {
  operationCode: bits(0, 0xff),
  immediate: flag(1, 0x01),
  loadEject: flag(4, 0x02),
  start: flag(4, 0x01),
});

const actions = {
  stop: { loadEject: false, start: false },
  start: { loadEject: false, start: true },
  eject: { loadEject: true, start: false },
  load: { loadEject: true, start: true },
} as const;

export type StartStopAction = keyof typeof actions;

/**
 * Stops or starts the spindle, opens the tray, or pulls it in. With `immediate` the drive answers
 * before it is done.
 */
export function startStopUnit(
  action: StartStopAction,
  options: { readonly immediate?: boolean } = {},
): Command {
  const { immediate = false } = options;
  const cdb = startStopUnitCdb.pack({ operationCode: 0x1b, immediate, ...actions[action] });
  return commandWithoutData("START STOP UNIT", cdb, { timeoutMs: loadEjectTimeoutMs });
}
