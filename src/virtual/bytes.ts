/** A part of a wire structure: one byte, several, or a run of bytes already encoded. */
export type Part = number | readonly number[] | Uint8Array;

/** Lays parts one behind the other, so that a reply reads like the standard's table. */
export function bytes(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce<number>((sum, part) => sum + partLength(part), 0);
  const result = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === "number") result[offset] = part;
    else result.set(part, offset);
    offset += partLength(part);
  }
  return result;
}

const partLength = (part: Part) => (typeof part === "number" ? 1 : part.length);

export const be16 = (value: number) => [value >>> 8, value & 0xff] as const;
export const be24 = (value: number) => [value >>> 16, (value >>> 8) & 0xff, value & 0xff] as const;
export const be32 = (value: number) => [value >>> 24, ...be24(value & 0xffffff)] as const;
export const le16 = (value: number) => [value & 0xff, value >>> 8] as const;
export const le32 = (value: number) => [...le16(value & 0xffff), ...le16(value >>> 16)] as const;

export const zeros = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length);

export const nothing: Uint8Array<ArrayBuffer> = zeros(0);

/** ASCII, left-aligned, cut or padded with spaces to `length` (SPC-4). */
export function ascii(text: string, length = text.length): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) =>
    index < text.length ? text.charCodeAt(index) & 0x7f : 0x20,
  );
}

export const byteAt = (data: Uint8Array, offset: number): number => data[offset] ?? 0;

export const readBe16 = (data: Uint8Array, offset: number): number =>
  (byteAt(data, offset) << 8) | byteAt(data, offset + 1);

export const readBe32 = (data: Uint8Array, offset: number): number =>
  readBe16(data, offset) * 0x10000 + readBe16(data, offset + 2);

export const readLe16 = (data: Uint8Array, offset: number): number =>
  byteAt(data, offset) | (byteAt(data, offset + 1) << 8);

export const readLe32 = (data: Uint8Array, offset: number): number =>
  (byteAt(data, offset) |
    (byteAt(data, offset + 1) << 8) |
    (byteAt(data, offset + 2) << 16) |
    (byteAt(data, offset + 3) << 24)) >>>
  0;
