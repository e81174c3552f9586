import { describe, expect, it } from "vitest";

import { describeDevice, formatIds, matchesLocator } from "../../src/usb/locator.js";

const info = {
  vendorId: 0x0e8d,
  productId: 0x0036,
  productName: "DVD-RAM",
  serialNumber: "KZ8E12",
  location: "2-1.4",
  speed: "high",
} as const;

describe("a device's names", () => {
  it("are numbers of four digits", () => {
    expect(formatIds(info)).toBe("0e8d:0036");
  });

  it("say what is known of it", () => {
    expect(describeDevice(info)).toBe("DVD-RAM (0e8d:0036 at 2-1.4)");
    expect(describeDevice({ ...info, manufacturerName: "ACME" })).toBe(
      "ACME DVD-RAM (0e8d:0036 at 2-1.4)",
    );
    const { productName, ...nameless } = info;
    expect(describeDevice(nameless)).toBe("The USB drive (0e8d:0036 at 2-1.4)");
  });
});

describe("a locator", () => {
  it.each(["2-1.4", "KZ8E12", "0e8d:0036", "0E8D:0036"])("%s means the device", (text) => {
    expect(matchesLocator(info, text)).toBe(true);
  });

  it.each(["", "2-1", "2-1.40", "kz8e12", "0e8d", "e8d:36", "0e8d:0037"])(
    "%j means another",
    (text) => {
      expect(matchesLocator(info, text)).toBe(false);
    },
  );

  it("does not take an empty serial number for a name", () => {
    expect(matchesLocator({ ...info, serialNumber: "" }, "")).toBe(false);
  });
});
