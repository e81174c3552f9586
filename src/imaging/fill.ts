import { opticalBlockLength as blockBytes } from "../scsi/read.js";

/** A sector of a pattern that is written again and again, and cut off at the sector's end. */
export function filledSector(pattern: Uint8Array = new Uint8Array(1)): Uint8Array {
  return Uint8Array.from(
    { length: blockBytes },
    (_, index) => pattern[index % pattern.length] ?? 0,
  );
}
