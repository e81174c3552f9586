import { describe, expect, it } from "vitest";
import { ascii, concat, hex } from "../bytes.js";
import { readyDrive } from "./drive-host.js";
import { IN, OUT, UsbHost } from "./usb-host.js";

const high = new UsbHost(readyDrive());
const superSpeed = new UsbHost(readyDrive(), { speed: "super" });

const utf16 = (text: string) =>
  concat(...Array.from(ascii(text), (code) => Uint8Array.of(code, 0)));

describe("descriptors", () => {
  // The shape of the high-speed device in USBCV's log, with our numbers and self-powered.
  it("of a high-speed device", () => {
    expect(high.control("80 06 0001 0000 4000").data).toEqual(
      hex("12 01 0002 00 00 00 40 0912 0100 0001 01 02 03 01"),
    );
    const configuration = hex(
      "09 02 2000 01 01 00 C0 00  09 04 00 00 02 08 06 50 00  07 05 81 02 0002 00  07 05 02 02 0002 00",
    );
    expect(high.control("80 06 0002 0000 FF00").data).toEqual(configuration);
    expect(high.control("80 06 0002 0000 0900").data).toEqual(configuration.slice(0, 9));
    expect(high.control("80 06 0006 0000 0A00").data).toEqual(hex("0A 06 0002 00 00 00 40 01 00"));
    expect(high.control("80 06 0007 0000 FF00").data).toEqual(
      hex(
        "09 07 2000 01 01 00 C0 00  09 04 00 00 02 08 06 50 00  07 05 81 02 4000 00  07 05 02 02 4000 00",
      ),
    );
    expect(high.control("80 06 000F 0000 FF00").status).toBe("stall");
  });

  it("of a SuperSpeed device, with its endpoint companions and capabilities", () => {
    expect(superSpeed.control("80 06 0001 0000 1200").data.subarray(0, 8)).toEqual(
      hex("12 01 0003 00 00 00 09"),
    );
    expect(superSpeed.control("80 06 0002 0000 FF00").data).toEqual(
      hex(`09 02 2C00 01 01 00 C0 00  09 04 00 00 02 08 06 50 00
        07 05 81 02 0004 00  06 30 0F 00 0000  07 05 02 02 0004 00  06 30 0F 00 0000`),
    );
    expect(superSpeed.control("80 06 000F 0000 FF00").data).toEqual(
      hex("05 0F 1600 02  07 10 02 02000000  0A 10 03 00 0C00 02 0A FF07"),
    );
    expect(superSpeed.control("80 06 0006 0000 0A00").status).toBe("stall");
    expect(superSpeed.control("80 06 0007 0000 0A00").status).toBe("stall");
  });

  it("of strings", () => {
    expect(high.control("80 06 0003 0000 FF00").data).toEqual(hex("04 03 0904"));
    expect(high.control("80 06 0103 0904 FF00").data).toEqual(
      concat(hex("10 03"), utf16("usb-dvd")),
    );
    // Bulk-Only Transport 1.0, 4.1.1: twelve digits at least, which are 26 bytes.
    expect(high.control("80 06 0303 0904 FF00").data).toEqual(
      concat(hex("1A 03"), utf16("0123456789AB")),
    );
    expect(high.control("80 06 0403 0904 FF00").status).toBe("stall");
  });
});

describe("standard requests", () => {
  it("tell the device's, the interface's and an endpoint's status", () => {
    expect(high.control("80 00 0000 0000 0200").data).toEqual(hex("01 00"));
    expect(high.control("81 00 0000 0000 0200").data).toEqual(hex("00 00"));
    expect(high.control("82 00 0000 8100 0200").data).toEqual(hex("00 00"));
    expect(high.control("82 00 0000 8300 0200").status).toBe("stall");
  });

  it("halt an endpoint and clear it again", () => {
    for (const [endpoint, index] of [
      [IN, "8100"],
      [OUT, "0200"],
    ] as const) {
      high.control(`02 03 0000 ${index} 0000`);
      expect(high.isHalted(endpoint)).toBe(true);
      high.control(`02 01 0000 ${index} 0000`);
      expect(high.isHalted(endpoint)).toBe(false);
    }
    expect(high.control("02 03 0100 8100 0000").status).toBe("stall");
  });

  it("configure the device, which has no endpoints before", () => {
    const host = new UsbHost(readyDrive());
    expect(host.control("80 08 0000 0000 0100").data).toEqual(hex("01"));
    expect(host.control("00 09 0000 0000 0000").status).toBe("ok");
    expect(host.control("80 08 0000 0000 0100").data).toEqual(hex("00"));
    expect(host.control("82 00 0000 8100 0200").status).toBe("stall");
    expect(host.control("81 0A 0000 0000 0100").status).toBe("stall");
    expect(host.control("00 09 0200 0000 0000").status).toBe("stall");
    expect(host.control("00 09 0100 0000 0000").status).toBe("ok");
    expect(host.control("81 0A 0000 0000 0100").data).toEqual(hex("00"));
  });

  it("select alternate setting 0, which clears halts, and no other", () => {
    high.control("02 03 0000 8100 0000");
    expect(high.control("01 0B 0000 0000 0000").status).toBe("ok");
    expect(high.isHalted(IN)).toBe(false);
    expect(high.control("01 0B 0100 0000 0000").status).toBe("stall");
  });

  it("that nobody knows stall", () => {
    expect(high.control("82 0C 0000 8100 0200").status).toBe("stall");
    expect(high.control("C0 01 0000 0000 0000").status).toBe("stall");
  });
});

// The variations of USBCV's Class Request Test.
describe("class requests", () => {
  it("give the maximum LUN, if they are well formed", () => {
    expect(high.control("A1 FE 0000 0000 0100")).toEqual({ status: "ok", data: hex("00") });
    for (const malformed of [
      "A1 FE 0100 0000 0100",
      "A1 FE 0000 0100 0100",
      "A1 FE 0000 0000 0000",
      "A1 FE 0000 0000 0200",
    ]) {
      expect(high.control(malformed).status).toBe("stall");
    }
  });

  it("reset, if they are well formed", () => {
    expect(high.control("21 FF 0000 0000 0000").status).toBe("ok");
    for (const malformed of [
      "21 FF 0100 0000 0000",
      "21 FF 0000 0100 0000",
      "21 FF 0000 0000 0100",
    ]) {
      expect(high.control(malformed).status).toBe("stall");
    }
  });
});
