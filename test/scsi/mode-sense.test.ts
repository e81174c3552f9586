import { describe, expect, it } from "vitest";

import { allModePages, modeSense } from "../../src/scsi/mode-sense.js";
import { concat, hex } from "../bytes.js";

describe("MODE SENSE (10)", () => {
  it("asks for a page, without block descriptors", () => {
    expect(modeSense(0x2a, { allocationLength: 0x0120 }).cdb).toEqual(
      hex("5a 08 2a 00 00 00 00 01 20 00"),
    );
    expect(modeSense(allModePages, { subpageCode: 0xff, pageControl: "default" }).cdb).toEqual(
      hex("5a 08 bf ff 00 00 00 02 00 00"),
    );
    expect(modeSense(1, { pageControl: "changeable" }).cdb[2]).toBe(0x41);
    expect(modeSense(1, { pageControl: "saved" }).cdb[2]).toBe(0xc1);
  });

  const reply = concat(
    hex("00 1c 12 80 00 00 00 08"),
    hex("00 00 00 00 00 00 08 00"),
    hex("81 02 aa bb"),
    hex("5c 03 00 02 cc dd"),
    hex("0e 02 ee ff"),
    hex("99 99"),
  );

  it("splits the pages, and passes over the block descriptors", () => {
    expect(modeSense(allModePages).decode(reply)).toEqual({
      mediumType: 0x12,
      deviceSpecificParameter: 0x80,
      blockDescriptors: hex("00 00 00 00 00 00 08 00"),
      pages: [
        { pageCode: 0x01, subpageCode: 0, savable: true, bytes: hex("81 02 aa bb") },
        { pageCode: 0x1c, subpageCode: 3, savable: false, bytes: hex("5c 03 00 02 cc dd") },
        { pageCode: 0x0e, subpageCode: 0, savable: false, bytes: hex("0e 02 ee ff") },
      ],
    });
  });

  it("keeps what there is of a page that was cut", () => {
    const { pages } = modeSense(allModePages).decode(reply.subarray(0, 29));
    expect(pages.at(-1)).toMatchObject({ pageCode: 0x0e, bytes: hex("0e 02 ee") });
  });

  it("refuses a reply without a whole header", () => {
    expect(() => modeSense(1).decode(hex("00 06 00 00 00 00 00"))).toThrow(
      "The drive sent malformed mode parameters: 8 bytes are needed, 7 came (at byte 7).",
    );
  });
});
