import { describe, expect, it } from "vitest";

import {
  inquiryDeviceIdentification,
  inquirySupportedPages,
  inquiryUnitSerialNumber,
} from "../../src/scsi/vital-product-data.js";
import { ascii, concat, hex } from "../bytes.js";

describe("INQUIRY for vital product data", () => {
  it("asks for a page", () => {
    expect(inquirySupportedPages().cdb).toEqual(hex("12 01 00 00 ff 00"));
    expect(inquiryUnitSerialNumber(64).cdb).toEqual(hex("12 01 80 00 40 00"));
    expect(inquiryDeviceIdentification(0x1234).cdb).toEqual(hex("12 01 83 12 34 00"));
  });

  it("lists the pages", () => {
    expect(inquirySupportedPages().decode(hex("05 00 00 03 00 80 83"))).toEqual([0, 0x80, 0x83]);
  });

  it("reads the serial number, as far as the page says that it goes", () => {
    const page = concat(hex("05 80 00 08"), ascii("K1234"), hex("20 20 20"), ascii("XX"));
    expect(inquiryUnitSerialNumber().decode(page)).toBe("K1234");
    expect(inquiryUnitSerialNumber().decode(hex("05 80 00 00"))).toBe("");
  });

  it("refuses another page than it asked for", () => {
    expect(() => inquiryUnitSerialNumber().decode(hex("05 00 00 01 00"))).toThrow(
      "The drive sent malformed vital product data: page 0 came in place of 128 (at byte 1).",
    );
  });
});

describe("device identification", () => {
  const page = concat(
    hex("05 83 00 28"),
    // T10 vendor ID based, ASCII, of the unit.
    hex("02 01 00 0c"),
    ascii("ACME    AB12"),
    // NAA, binary, of the target port, with the protocol (SAS).
    hex("61 93 00 08 50 00 c5 00 01 02 03 04"),
    // SCSI name string, UTF-8, of the target device.
    hex("03 28 00 04"),
    ascii("eui."),
    // Nothing that the standard knows.
    hex("0f 3f 00 00"),
  );

  it("reads the designators", () => {
    expect(inquiryDeviceIdentification().decode(page)).toEqual([
      {
        type: { code: 1, name: "T10 vendor ID based" },
        association: { code: 0, name: "logical unit" },
        codeSet: { code: 2, name: "ASCII" },
        bytes: ascii("ACME    AB12"),
        text: "ACME    AB12",
      },
      {
        type: { code: 3, name: "NAA" },
        association: { code: 1, name: "target port" },
        codeSet: { code: 1, name: "binary" },
        protocolIdentifier: 6,
        bytes: hex("50 00 c5 00 01 02 03 04"),
      },
      {
        type: { code: 8, name: "SCSI name string" },
        association: { code: 2, name: "target device" },
        codeSet: { code: 3, name: "UTF-8" },
        bytes: ascii("eui."),
        text: "eui.",
      },
      {
        type: { code: 15, name: "reserved" },
        association: { code: 3, name: "reserved" },
        codeSet: { code: 15, name: "reserved" },
        bytes: hex(""),
      },
    ]);
  });

  it("leaves out a designator that was cut", () => {
    expect(inquiryDeviceIdentification().decode(page.subarray(0, 30))).toHaveLength(1);
  });
});
