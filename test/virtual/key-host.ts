import type { DriveAuthenticator } from "../../src/virtual/authenticator.js";
import type { Disc, DiscOptions } from "../../src/virtual/disc.js";
import type { VirtualDrive } from "../../src/virtual/drive.js";
import { hex } from "../bytes.js";
import { ask, numberedDisc, senseText } from "./drive-host.js";

/** Always the same bytes: a challenge, KEY1, and the one KEY2 that is right. */
export const scripted: DriveAuthenticator = {
  createChallenge: () => Promise.resolve(hex("A0A1A2A3A4A5A6A7A8A9")),
  prove: () => Promise.resolve(hex("C1C2C3C4C5")),
  verifyHost: (_challenge, key2) =>
    Promise.resolve(key2.every((byte, index) => byte === 0xd1 + index)),
};

/** 16 blocks, of which 4 to 7 and 10 to 11 are scrambled; it plays in `regionMask`. */
export const protectedDisc = (regionMask = 0x00, options: DiscOptions = {}): Disc =>
  numberedDisc(16, {
    copyright: { protection: "css", regionMask },
    titleKeys: [
      { firstLba: 4, lastLba: 7, key: hex("11 12 13 14 15") },
      { firstLba: 10, lastLba: 11, key: hex("21 22 23 24 25"), cpSec: false, cgms: 2 },
    ],
    discKey: new Uint8Array(2048).map((_, index) => index % 251),
    ...options,
  });

const pair = (value: number) => value.toString(16).padStart(2, "0");
const agidAnd = (agid: number, format: number) => pair((agid << 6) | format);

/** REPORT KEY, its allocation length 32. */
export const report = (format: number, agid = 0, lba = 0): string =>
  `A4 00 ${lba.toString(16).padStart(8, "0")} 00 00 0020 ${agidAnd(agid, format)} 00`;

/** SEND KEY with a parameter list of `length` bytes. */
export const send = (format: number, length: number, agid = 0): string =>
  `A3 00 00000000 00 00 ${pair(length).padStart(4, "0")} ${agidAnd(agid, format)} 00`;

export const readDiscKey = (agid = 0): string => `AD 00 00000000 00 02 0804 ${agidAnd(agid, 0)} 00`;

export const hostChallenge = "000E 0000 B0B1B2B3B4B5B6B7B8B9 0000";
export const rightKey2 = "000A 0000 D1D2D3D4D5 000000";
export const wrongKey2 = "000A 0000 D1D2D3D4D6 000000";

/** The steps of an authentication, in order, each as the command and its parameters. */
export const steps: readonly (readonly [cdb: (agid: number) => string, parameters: string])[] = [
  [() => report(0x00), ""],
  [(agid) => send(0x01, 16, agid), hostChallenge],
  [(agid) => report(0x02, agid), ""],
  [(agid) => report(0x01, agid), ""],
  [(agid) => send(0x03, 12, agid), rightKey2],
];

/** Takes the first `count` steps: all five of them establish AGID 0 of a fresh drive. */
export async function take(drive: VirtualDrive, count = steps.length): Promise<void> {
  for (const [cdb, parameters] of steps.slice(0, count)) {
    const reply = await ask(drive, cdb(0), parameters);
    if (reply.status !== 0x00) throw new Error(`${cdb(0)} failed with ${senseText(reply)}.`);
  }
}
