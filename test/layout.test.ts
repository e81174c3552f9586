import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedResponseError } from "../src/errors.js";
import { bits, bytes, flag, int64, layout, text } from "../src/layout.js";

const sample = layout(12, {
  qualifier: bits(0, 0xe0),
  type: bits(0, 0x1f),
  on: flag(1, 0x08),
  address: bits(2, 0xffffffff),
  middle: bits(6, 0x0ff0),
  name: text(8, 2),
  key: bytes(10, 2),
});

describe("layout", () => {
  it("packs numbers most significant byte first, at their masks", () => {
    expect(
      sample.pack({
        qualifier: 5,
        type: 0x12,
        on: true,
        address: 0x89abcdef,
        middle: 0x5a,
        name: "A",
        key: Uint8Array.of(1, 2),
      }),
    ).toEqual(Uint8Array.of(0xb2, 8, 0x89, 0xab, 0xcd, 0xef, 0x05, 0xa0, 0x41, 0x20, 1, 2));
  });

  it("packs least significant byte first where told to", () => {
    const little = layout(4, { tag: bits(0, 0xffffffff) }, "little-endian");
    expect(little.pack({ tag: 0x01020304 })).toEqual(Uint8Array.of(4, 3, 2, 1));
    expect(little.unpack(Uint8Array.of(4, 3, 2, 1), "tag")).toEqual({ tag: 0x01020304 });
  });

  it("packs signed numbers of eight bytes in both orders", () => {
    const big = layout(9, { offset: int64(1) });
    const little = layout(9, { offset: int64(1) }, "little-endian");
    expect(big.pack({ offset: -2n })).toEqual(
      Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe),
    );
    expect(little.pack({ offset: 0x0102_0304_0506_0708n })).toEqual(
      Uint8Array.of(0, 8, 7, 6, 5, 4, 3, 2, 1),
    );
    expect(little.unpack(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x80), "offset")).toEqual({
      offset: -(2n ** 63n),
    });
    expect(() => little.pack({ offset: 2n ** 63n })).toThrow(
      /offset: 9223372036854775808 does not/,
    );
  });

  it("leaves what is not given at zero", () => {
    expect(sample.pack({})).toEqual(new Uint8Array(12));
  });

  it("refuses a value that its field cannot hold, and says which", () => {
    expect(() => sample.pack({ type: 0x20 })).toThrow(/type: 32 does not fit/);
    expect(() => sample.pack({ key: Uint8Array.of(1) })).toThrow(/key: 1 bytes do not fit/);
  });

  it("says at which byte an answer ends too early", () => {
    const error = (() => {
      try {
        return sample.unpack(new Uint8Array(11), "sample data");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(error).toMatchObject({ structure: "sample data", offset: 11 });
  });

  it("unpacks what it packed, at any offset and in both orders", () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.nat(31),
        fc.boolean(),
        fc.nat(0xffffffff),
        fc.nat(255),
        fc.nat(20),
        fc.constantFrom("big-endian" as const, "little-endian" as const),
        (qualifier, type, on, address, middle, offset, order) => {
          const both = layout(
            8,
            {
              qualifier: bits(0, 0xe0),
              type: bits(0, 0x1f),
              on: flag(1, 0x08),
              address: bits(2, 0xffffffff),
              middle: bits(6, 0x0ff0),
            },
            order,
          );
          const values = { qualifier, type, on, address, middle };
          const data = new Uint8Array(offset + 8);
          data.set(both.pack(values), offset);
          expect(both.unpack(data, "sample", offset)).toEqual(values);
        },
      ),
    );
  });
});
