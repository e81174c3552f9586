import { be16, be32, byteAt, bytes, readBe16, readBe32, zeros } from "../bytes.js";
import type { Command } from "../command.js";
import type { Disc } from "../disc.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb, lbaOutOfRange } from "../sense.js";

const isBlank = (disc: Disc) => disc.blocks === 0;

/** READ DISC INFORMATION (MMC-6), the standard data type. */
export const readDiscInformation: Command = {
  name: "READ DISC INFORMATION",
  opcode: 0x51,
  cdbLength: 10,
  needsMedium: true,
  run({ tray }, cdb) {
    const disc = tray.medium;
    if (!disc) return refuse(tray.notReady);
    if ((byteAt(cdb, 1) & 0x07) !== 0) return refuse(invalidFieldInCdb(1, 2));
    return data(discInformation(disc), readBe16(cdb, 7));
  },
};

function discInformation(disc: Disc): Uint8Array {
  const status = isBlank(disc) ? 0x00 : 0x0e; // last session and disc: empty, or complete
  const unrestrictedUse = 0x20;
  const notGiven = disc.media === "cd-rom" ? 0x00ffffff : 0;
  return bytes(
    be16(34 - 2),
    [status, 1, 1, 1, 1, unrestrictedUse, 0x00, 0, 0, 0],
    zeros(4),
    be32(notGiven),
    be32(isBlank(disc) ? disc.capacity : notGiven),
    zeros(8),
    [0, 0],
  );
}

/** READ TRACK INFORMATION (MMC-6): by address, track or session, all of which is number 1. */
export const readTrackInformation: Command = {
  name: "READ TRACK INFORMATION",
  opcode: 0x52,
  cdbLength: 10,
  needsMedium: true,
  run({ tray }, cdb) {
    const disc = tray.medium;
    if (!disc) return refuse(tray.notReady);
    const addressType = byteAt(cdb, 1) & 0x03;
    const address = readBe32(cdb, 2);
    if (addressType === 3) return refuse(invalidFieldInCdb(1, 1));
    if (addressType === 0 && address >= disc.capacity) return refuse(lbaOutOfRange(address));
    const isInvisibleTrack = addressType === 1 && address === 0xff && isBlank(disc);
    if (addressType !== 0 && address !== 1 && !isInvisibleTrack) {
      return refuse(invalidFieldInCdb(2));
    }
    return data(trackInformation(disc), readBe16(cdb, 7));
  },
};

function trackInformation(disc: Disc): Uint8Array {
  const blank = isBlank(disc);
  const dataTrack = 0x04;
  const blankAndMode1 = (blank ? 0x40 : 0x00) | 0x01;
  const validAddresses = blank ? 0x01 : 0x02; // NWA_V, or LRA_V
  return bytes(
    be16(48 - 2),
    [1, 1, 0, dataTrack, blankAndMode1, validAddresses],
    be32(0), // track start
    be32(0), // next writable address
    be32(blank ? disc.capacity : 0), // free blocks
    be32(0), // packet size
    be32(disc.capacity), // track size
    be32(blank ? 0 : disc.blocks - 1), // last recorded address
    [0, 0, 0, 0], // high bytes of track and session
    be32(0), // read compatibility LBA
    be32(0), // next layer jump address
    be32(0), // last layer jump address
  );
}
