import { commandWithoutData, type Command } from "../scsi/command.js";

/** Apple's vendor command, which its SuperDrive wants before it does anything else. */
const cdb = Uint8Array.of(0xea, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01);

export function wakeUp(): Command {
  return commandWithoutData("WAKE UP (vendor EAh)", cdb);
}
