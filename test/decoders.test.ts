import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MalformedResponseError } from "../src/errors.js";
import type { Command } from "../src/scsi/command.js";
import { decoders } from "./decoders.js";

/** `npm run test:long` asks for more. */
const cases = Number(process.env["FUZZ_CASES"] ?? 1_000);

/** What a decoder makes of `data`, or `undefined` where it refuses it as it may. */
function decodeOrRefuse(command: Command<unknown>, data: Uint8Array): unknown {
  try {
    return command.decode(data);
  } catch (error) {
    if (!(error instanceof MalformedResponseError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(data.length);
    return undefined;
  }
}

describe.each(decoders)("the decoder of %s", (_name, command) => {
  it("survives any bytes, and says the same of them wherever they lie in memory", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 8 }),
        (data, padding) => {
          const reply = decodeOrRefuse(command, data);
          // Bytes behind the end must make no difference: they would be another command's.
          const memory = Uint8Array.from([...padding, ...data, ...padding]);
          const view = memory.subarray(padding.length, padding.length + data.length);
          expect(decodeOrRefuse(command, view)).toEqual(reply);
        },
      ),
      { numRuns: cases },
    );
  });

  it("survives a reply that is as long as it was asked for", () => {
    const length = Math.min(command.transferLength, 4_096);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (data) => {
        decodeOrRefuse(command, data);
      }),
      { numRuns: 100 },
    );
  });
});
