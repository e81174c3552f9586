/** Bytes as the standards print them: `hex("12 00 24")`. White space is free. */
export function hex(digits: string): Uint8Array<ArrayBuffer> {
  const pairs = digits.replace(/\s+/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** ASCII text, padded with spaces to `length`. */
export function ascii(characters: string, length = characters.length): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(characters.padEnd(length), (character) => character.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
