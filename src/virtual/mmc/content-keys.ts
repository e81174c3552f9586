import { bytes, zeros } from "../bytes.js";
import type { DriveParts } from "../command.js";
import { titleAt, type Disc, type TitleKey } from "../disc.js";
import { data, refuse, type Reply } from "../reply.js";
import { keyNotEstablished, keyNotPresent, lbaOutOfRange, regionMismatch } from "../sense.js";
import { keyData } from "./key-data.js";

/*
 * A session is good for one key: the read that gives it ends the session, AGID and all, while the
 * ASF stays. Hosts count on this of real drives. A read that is refused costs nothing.
 */

/** REPORT KEY 04h: the title key of a sector, and how the sector may be copied. */
export function reportTitleKey(
  { region, sessions }: DriveParts,
  disc: Disc,
  agid: number,
  lba: number,
  allocationLength: number,
): Reply {
  if (disc.copyright.protection !== "css") return refuse(keyNotPresent);
  if (!sessions.at(agid, "established")) return refuse(keyNotEstablished);
  if (lba >= disc.blocks) return refuse(lbaOutOfRange(lba));
  if (!region.plays(disc)) return refuse(regionMismatch);
  const title = titleAt(disc, lba);
  if (!title) return refuse(keyNotPresent);
  sessions.invalidate(agid);
  return data(keyData(bytes(copyrightFlags(title), title.key, zeros(2))), allocationLength);
}

/** CPM, CP_SEC and CGMS, from the most significant bit down. */
function copyrightFlags({ cpm = true, cpSec = true, cgms = 3 }: TitleKey): number {
  return (cpm ? 0x80 : 0x00) | (cpSec ? 0x40 : 0x00) | (cgms << 4);
}

/** READ DISC STRUCTURE 02h: the disc key block. */
export function readDiscKey(
  { sessions }: DriveParts,
  disc: Disc,
  agid: number,
  allocationLength: number,
): Reply {
  if (disc.copyright.protection !== "css") return refuse(keyNotPresent);
  if (!sessions.at(agid, "established")) return refuse(keyNotEstablished);
  if (!disc.discKey) return refuse(keyNotPresent);
  sessions.invalidate(agid);
  return data(keyData(disc.discKey), allocationLength);
}
