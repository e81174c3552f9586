import { layout, type Field, type LayoutValues } from "../layout.js";
import { StructureError } from "./errors.js";

/** A structure of ntddcdvd.h: packed to single bytes, its numbers little-endian. */
export interface Structure<Values> {
  /** What `sizeof` says of it, on 32-bit and on 64-bit Windows alike. */
  readonly size: number;
  /** The structure's bytes; what is not given is zero. Throws `RangeError` for a value too large. */
  encode(values: Partial<Values>): Uint8Array<ArrayBuffer>;
  /** Reads the beginning of `data`. Throws `StructureError` where it is too short. */
  decode(data: Uint8Array): Values;
}

/** Declares a structure by its name, its size and its fields. */
export function structure<const F extends Readonly<Record<string, Field<unknown>>>>(
  name: string,
  size: number,
  fields: F,
): Structure<LayoutValues<ReturnType<typeof layout<F>>>> {
  const packed = layout(size, fields, "little-endian");
  return {
    size,
    encode: (values) => packed.pack(values),
    decode(data) {
      if (data.length < size) {
        throw new StructureError(name, `it has ${size} bytes, and there are ${data.length}`);
      }
      return packed.unpack(data, name);
    },
  };
}
