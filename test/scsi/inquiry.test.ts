import { describe, expect, it } from "vitest";

import { inquiry } from "../../src/scsi/inquiry.js";
import { ascii, concat, hex } from "../bytes.js";

// Standard INQUIRY data as SPC-4 table 174 lays it out, typed in by hand.
const reply = concat(
  hex("05 80 00 02 1f 00 00 00"),
  ascii("ACME", 8),
  ascii("DVD-RAM GP08", 16),
  ascii("1.02"),
);

describe("INQUIRY", () => {
  it("asks for exactly 36 bytes", () => {
    const command = inquiry();
    expect(command.cdb).toEqual(hex("12 00 00 00 24 00"));
    expect(command).toMatchObject({ direction: "in", transferLength: 36 });
  });

  it("reads the identity", () => {
    expect(inquiry().decode(reply)).toEqual({
      peripheralQualifier: 0,
      peripheralDeviceType: 5,
      removableMedium: true,
      version: 0,
      vendorId: "ACME",
      productId: "DVD-RAM GP08",
      productRevision: "1.02",
    });
  });

  it("refuses an answer that is cut short, and says where", () => {
    expect(() => inquiry().decode(reply.subarray(0, 35))).toThrow(
      "The drive sent malformed INQUIRY data: 36 bytes are needed, 35 came (at byte 35).",
    );
  });
});
