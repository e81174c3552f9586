import { byteAt } from "../bytes.js";
import type { Command } from "../command.js";
import { done, refuse } from "../reply.js";
import { invalidFieldInCdb, removalPrevented } from "../sense.js";

/** START STOP UNIT (MMC-6): LoEj and Start say eject, load, start or stop. */
export const startStopUnit: Command = {
  name: "START STOP UNIT",
  opcode: 0x1b,
  cdbLength: 6,
  run({ tray }, cdb) {
    const powerCondition = byteAt(cdb, 4) >> 4;
    const movesTray = (byteAt(cdb, 4) & 0x02) !== 0;
    const start = (byteAt(cdb, 4) & 0x01) !== 0;
    // Active, idle, standby and sleep look the same from outside; 4 and 6 on are no conditions.
    if (powerCondition === 4 || powerCondition > 5) return refuse(invalidFieldInCdb(4, 7));
    if (powerCondition !== 0) return done;
    if (!movesTray) return start && !tray.loaded ? refuse(tray.notReady) : done;
    if (start) {
      tray.close();
      return done;
    }
    if (tray.prevented) return refuse(removalPrevented);
    tray.open();
    return done;
  },
};

/** PREVENT ALLOW MEDIUM REMOVAL (MMC-6), with its Persistent bit. */
export const preventAllowMediumRemoval: Command = {
  name: "PREVENT ALLOW MEDIUM REMOVAL",
  opcode: 0x1e,
  cdbLength: 6,
  run({ tray }, cdb) {
    const prevent = (byteAt(cdb, 4) & 0x01) !== 0;
    const persistent = (byteAt(cdb, 4) & 0x02) !== 0;
    if (persistent) tray.persistentlyLocked = prevent;
    else tray.locked = prevent;
    return done;
  },
};
