/** A number on the wire that stands for something, and what its standard calls that. */
export interface CodedValue<Name extends string = string> {
  readonly code: number;
  /** `reserved` where the standard, or our edition of it, gives the code no meaning. */
  readonly name: Name | "reserved";
}

/** Looks `code` up in a table of names, and keeps it where it is not there. */
export function codedValue<Name extends string>(
  names: Readonly<Record<number, Name>>,
  code: number,
): CodedValue<Name> {
  return { code, name: names[code] ?? "reserved" };
}
