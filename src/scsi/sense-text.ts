import { senseCodeRanges, senseCodes } from "./sense-codes.js";

/**
 * What an additional sense code says, in T10's words, for instance `unrecovered read error` for
 * 11h/00h. Codes from 80h on belong to the vendor (SPC-4 4.5.6); others that T10 has not assigned
 * are named as such.
 */
export function senseText(asc: number, ascq: number): string {
  const assigned = senseCodes[(asc << 8) | ascq];
  if (assigned !== undefined) return assigned;
  const range = senseCodeRanges[asc];
  if (range !== undefined && ascq >= range.firstAscq) return `${range.text} ${hexByte(ascq)}h`;
  const kind = asc >= 0x80 || ascq >= 0x80 ? "vendor specific" : "unassigned";
  return `${kind} additional sense ${hexByte(asc)}h/${hexByte(ascq)}h`;
}

/** Two upper-case hexadecimal digits, as the standards print a byte. */
export function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}
