import { MalformedResponseError } from "./errors.js";

/**
 * One field of a wire structure. The order of multi-byte numbers is that of the layout it is in.
 */
export interface Field<Value> {
  /** One past the last byte that the field touches. */
  readonly end: number;
  read(view: DataView, littleEndian: boolean): Value;
  write(view: DataView, value: Value, littleEndian: boolean): void;
}

/**
 * An unsigned number, given as the standard prints it: the byte at which it starts and a mask over
 * the bytes that it spans (`0xff` is one byte, `0x1fffff` three, `0xffffffff` four).
 */
export function bits(offset: number, mask: number): Field<number> {
  const size = Math.max(1, Math.ceil((32 - Math.clz32(mask)) / 8));
  const shift = 31 - Math.clz32(mask & -mask);
  const max = mask >>> shift;
  const readWord = (view: DataView, littleEndian: boolean): number => {
    let word = 0;
    for (let index = 0; index < size; index++) {
      const byte = view.getUint8(offset + index);
      word |= byte << (8 * (littleEndian ? index : size - 1 - index));
    }
    return word >>> 0;
  };
  return {
    end: offset + size,
    read: (view, littleEndian) => (readWord(view, littleEndian) & mask) >>> shift,
    write(view, value, littleEndian) {
      if (!Number.isInteger(value) || value < 0 || value > max) {
        throw new RangeError(`${value} does not fit a field of 0 to ${max}`);
      }
      const word = (readWord(view, littleEndian) & ~mask) | (value << shift);
      for (let index = 0; index < size; index++) {
        const byte = (word >>> (8 * (littleEndian ? index : size - 1 - index))) & 0xff;
        view.setUint8(offset + index, byte);
      }
    },
  };
}

/** One bit that is on or off. */
export function flag(offset: number, mask: number): Field<boolean> {
  const field = bits(offset, mask);
  return {
    end: field.end,
    read: (view, littleEndian) => field.read(view, littleEndian) !== 0,
    write: (view, value, littleEndian) => field.write(view, value ? 1 : 0, littleEndian),
  };
}

/** A signed number of eight bytes, as a `bigint`. */
export function int64(offset: number): Field<bigint> {
  return {
    end: offset + 8,
    read: (view, littleEndian) => view.getBigInt64(offset, littleEndian),
    write(view, value, littleEndian) {
      if (BigInt.asIntN(64, value) !== value) {
        throw new RangeError(`${value.toString()} does not fit a signed field of 64 bits`);
      }
      view.setBigInt64(offset, value, littleEndian);
    },
  };
}

/** A run of bytes, read as a view on the original and written as a copy. */
export function bytes(offset: number, length: number): Field<Uint8Array> {
  return {
    end: offset + length,
    read: (view) => new Uint8Array(view.buffer, view.byteOffset + offset, length),
    write(view, value) {
      if (value.length !== length) {
        throw new RangeError(`${value.length} bytes do not fit a field of ${length}`);
      }
      new Uint8Array(view.buffer, view.byteOffset + offset, length).set(value);
    },
  };
}

/** ASCII text, left-aligned and padded with spaces, as SPC-4 4.4.1 has it. */
export function text(offset: number, length: number): Field<string> {
  const field = bytes(offset, length);
  return {
    end: field.end,
    read: (view, littleEndian) => {
      const characters = String.fromCharCode(...field.read(view, littleEndian));
      // Bridges fill with NULs as often as with the spaces that the standard asks for.
      return characters.replace(/[^\x20-\x7e]/g, " ").trim();
    },
    write(view, value, littleEndian) {
      const characters = Uint8Array.from(value.padEnd(length), (character) =>
        character.charCodeAt(0),
      );
      field.write(view, characters, littleEndian);
    },
  };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type FieldValue<F> = F extends { read(view: DataView, littleEndian: boolean): infer Value }
  ? Value
  : never;
type FieldValues<F> = { -readonly [Name in keyof F]: FieldValue<F[Name]> };

/** The values that a layout packs and unpacks. */
export type LayoutValues<L> = L extends Layout<infer Values> ? Values : never;

/** A wire structure of fixed length, declared once and used both ways. */
export interface Layout<Values> {
  readonly length: number;
  /** The structure's bytes; what is not given is zero. Throws `RangeError` for a value too large. */
  pack(values: Partial<Values>): Uint8Array<ArrayBuffer>;
  /**
   * The structure at `offset` of `data`. `structure` names it in the `MalformedResponseError` that
   * is thrown where `data` ends too early.
   */
  unpack(data: Uint8Array, structure: string, offset?: number): Values;
}

/** Declares a wire structure: its length in bytes and its fields by name. */
export function layout<const F extends Fields>(
  length: number,
  fields: F,
  byteOrder: "big-endian" | "little-endian" = "big-endian",
): Layout<FieldValues<F>> {
  const littleEndian = byteOrder === "little-endian";
  const entries = Object.entries(fields);
  for (const [name, field] of entries) {
    if (field.end > length) throw new RangeError(`field ${name} ends after byte ${length}`);
  }
  return {
    length,
    pack(values) {
      const packed = new Uint8Array(length);
      const view = new DataView(packed.buffer);
      for (const [name, field] of entries) {
        const value = (values as Record<string, unknown>)[name];
        if (value === undefined) continue;
        try {
          field.write(view, value, littleEndian);
        } catch (error) {
          throw new RangeError(`${name}: ${(error as Error).message}`, { cause: error });
        }
      }
      return packed;
    },
    unpack(data, structure, offset = 0) {
      if (data.length < offset + length) {
        throw new MalformedResponseError(
          structure,
          data.length,
          `${offset + length} bytes are needed, ${data.length} came`,
        );
      }
      const view = new DataView(data.buffer, data.byteOffset + offset, length);
      const values: Record<string, unknown> = {};
      for (const [name, field] of entries) values[name] = field.read(view, littleEndian);
      return values as FieldValues<F>;
    },
  };
}
