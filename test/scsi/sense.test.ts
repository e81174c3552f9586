import { describe, expect, it } from "vitest";

import { MalformedResponseError } from "../../src/errors.js";
import { requestSense } from "../../src/scsi/request-sense.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { hex } from "../bytes.js";

describe("REQUEST SENSE", () => {
  it("asks for 18 bytes of fixed format", () => {
    const command = requestSense();
    expect(command.cdb).toEqual(hex("03 00 00 00 12 00"));
    expect(command).toMatchObject({ direction: "in", transferLength: 18, whenNotReady: "report" });
  });
});

describe("fixed format sense data", () => {
  it("reads a medium error with the block that could not be read", () => {
    const sense = decodeSense(hex("f0 00 03 00 00 04 d2 0a 00 00 00 00 11 00 00 80 00 07"));
    expect(sense).toEqual({
      deferred: false,
      senseKey: 3,
      senseKeyName: "MEDIUM ERROR",
      asc: 0x11,
      ascq: 0x00,
      text: "unrecovered read error",
      valid: true,
      information: 1234,
      filemark: false,
      endOfMedium: false,
      incorrectLength: false,
      retries: 7,
    });
  });

  it("tells a deferred error, and leaves information out that is not valid", () => {
    const sense = decodeSense(hex("71 00 04 00 00 04 d2 0a 00 00 00 00 44 00 00 00 00 00"));
    expect(sense).toMatchObject({ deferred: true, valid: false, senseKeyName: "HARDWARE ERROR" });
    expect(sense).not.toHaveProperty("information");
  });

  it("reads filemark, end of medium and incorrect length", () => {
    expect(decodeSense(hex("70 00 80 00 00 00 00 00"))).toMatchObject({ filemark: true });
    expect(decodeSense(hex("70 00 40 00 00 00 00 00"))).toMatchObject({ endOfMedium: true });
    expect(decodeSense(hex("70 00 20 00 00 00 00 00"))).toMatchObject({ incorrectLength: true });
  });

  it("reads which field the drive did not like", () => {
    const sense = decodeSense(hex("70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 cd 00 04"));
    expect(sense.fieldPointer).toEqual({ in: "CDB", byte: 4, bit: 5 });
    const data = decodeSense(hex("70 00 05 00 00 00 00 0a 00 00 00 00 26 00 00 80 01 02"));
    expect(data.fieldPointer).toEqual({ in: "data", byte: 258 });
  });

  it("reads how far a long operation is", () => {
    const sense = decodeSense(hex("70 00 02 00 00 00 00 0a 00 00 00 00 04 04 00 80 40 00"));
    expect(sense.progress).toBe(0.25);
  });

  it("takes what is past the additional length as not sent", () => {
    const sense = decodeSense(hex("70 00 05 00 00 00 00 04 00 00 00 00 24 01 00 cd 00 04"));
    expect(sense).toMatchObject({ senseKey: 5, asc: 0, ascq: 0 });
    expect(sense).not.toHaveProperty("fieldPointer");
  });

  it("makes do with three bytes, and with no fewer", () => {
    expect(decodeSense(hex("f0 00 06"))).toMatchObject({ senseKey: 6, asc: 0, valid: false });
    expect(() => decodeSense(hex("70 00"))).toThrow(MalformedResponseError);
  });

  it.each(["", "00 00 05", "7f 00 05", "6f 00 05"])(
    "refuses %j, which is of no format",
    (bytes) => {
      expect(() => decodeSense(hex(bytes))).toThrow(MalformedResponseError);
    },
  );
});

describe("descriptor format sense data", () => {
  it("reads the header, the information and the field pointer", () => {
    const sense = decodeSense(
      hex(`72 05 21 00 00 00 00 14
           00 0a 80 00 00 00 00 01 00 00 00 02
           02 06 00 00 c8 00 02 00`),
    );
    expect(sense).toMatchObject({
      deferred: false,
      senseKeyName: "ILLEGAL REQUEST",
      text: "logical block address out of range",
      valid: true,
      information: 0x1_0000_0002,
      fieldPointer: { in: "CDB", byte: 2, bit: 0 },
    });
  });

  it("keeps information of 64 bits whole", () => {
    const sense = decodeSense(hex("73 03 11 00 00 00 00 0c 00 0a 80 00 ff ff ff ff ff ff ff ff"));
    expect(sense).toMatchObject({ deferred: true, information: 0xffff_ffff_ffff_ffffn });
  });

  it("reads the stream and the block descriptor", () => {
    const stream = decodeSense(hex("72 00 00 00 00 00 00 04 04 02 00 e0"));
    expect(stream).toMatchObject({ filemark: true, endOfMedium: true, incorrectLength: true });
    const block = decodeSense(hex("72 00 00 00 00 00 00 04 05 02 00 20"));
    expect(block).toMatchObject({ filemark: false, incorrectLength: true });
  });

  it("leaves out a descriptor that is cut, and passes over one it does not know", () => {
    const cut = decodeSense(hex("72 03 11 00 00 00 00 0c 00 0a 80 00 00 00 00 00 00"));
    expect(cut.valid).toBe(false);
    const unknown = decodeSense(hex("72 03 11 00 00 00 00 06 80 00 05 02 00 20"));
    expect(unknown.incorrectLength).toBe(true);
  });
});
