import { byteAt } from "../bytes.js";
import type { Command } from "../command.js";
import { data, done, refuse } from "../reply.js";
import { descriptorSense, fixedSense } from "../sense.js";

/** TEST UNIT READY (SPC-4 6.47). Polling is what a disc spins up by. */
export const testUnitReady: Command = {
  name: "TEST UNIT READY",
  opcode: 0x00,
  cdbLength: 6,
  run({ tray }) {
    if (tray.medium) return done;
    const { notReady } = tray;
    tray.poll();
    return refuse(notReady);
  },
};

/** REQUEST SENSE (SPC-4 6.39), in the format that the DESC bit asks for. */
export const requestSense: Command = {
  name: "REQUEST SENSE",
  opcode: 0x03,
  cdbLength: 6,
  passesUnitAttention: true,
  run(drive, cdb) {
    const wantsDescriptors = (byteAt(cdb, 1) & 0x01) !== 0;
    const encode = wantsDescriptors ? descriptorSense : fixedSense;
    return data(encode(drive.takeSense()), byteAt(cdb, 4));
  },
};
