import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { DiscImage, DiscName, Discs } from "../disc.js";

const folder = "/share/discs";

/** A disc that the host made, with its path in the guest. */
export interface GuestDisc extends DiscImage {
  readonly path: string;
}

export function guestDisc(name: DiscName): GuestDisc {
  const discs = JSON.parse(readFileSync(join(folder, "discs.json"), "utf8")) as Discs;
  const disc = discs[name];
  return { ...disc, path: join(folder, disc.file) };
}
