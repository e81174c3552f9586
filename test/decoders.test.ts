import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MalformedResponseError } from "../src/errors.js";
import { StructureError } from "../src/ioctl/errors.js";
import { decoders, structureDecoders, type Decoder } from "./decoders.js";
import { fuzzCases, fuzzSeed } from "./fuzz.js";

/** What a decoder makes of `data`, or `undefined` where it refuses it as it may. */
function decodeOrRefuse({ decode }: { decode: Decoder }, data: Uint8Array): unknown {
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof StructureError) return undefined;
    if (!(error instanceof MalformedResponseError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(data.length);
    return undefined;
  }
}

function survivesAnyBytes(decoder: { decode: Decoder }): void {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 8 }),
      (data, padding) => {
        const reply = decodeOrRefuse(decoder, data);
        // Bytes behind the end must make no difference: they would be another command's.
        const memory = Uint8Array.from([...padding, ...data, ...padding]);
        const view = memory.subarray(padding.length, padding.length + data.length);
        expect(decodeOrRefuse(decoder, view)).toEqual(reply);
      },
    ),
    { numRuns: fuzzCases, seed: fuzzSeed },
  );
}

describe.each(structureDecoders)("the decoder of %s", (_name, decode) => {
  it("survives any bytes, and says the same of them wherever they lie in memory", () =>
    survivesAnyBytes({ decode }));
});

describe.each(decoders)("the decoder of %s", (_name, command) => {
  it("survives any bytes, and says the same of them wherever they lie in memory", () =>
    survivesAnyBytes(command));

  it("survives a reply that is as long as it was asked for", () => {
    const length = Math.min(command.transferLength, 4_096);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (data) => {
        decodeOrRefuse(command, data);
      }),
      { numRuns: 100, seed: fuzzSeed },
    );
  });
});
