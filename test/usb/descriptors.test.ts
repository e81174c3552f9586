import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  findBulkOnlyInterface,
  type EndpointDescription,
  type InterfaceDescription,
} from "../../src/usb/descriptors.js";

const bulkIn: EndpointDescription = { address: 0x81, type: "bulk", maxPacketBytes: 512 };
const bulkOut: EndpointDescription = { address: 0x02, type: "bulk", maxPacketBytes: 512 };
const interruptIn: EndpointDescription = { address: 0x83, type: "interrupt", maxPacketBytes: 2 };

function description(changes: Partial<InterfaceDescription> = {}): InterfaceDescription {
  return {
    interfaceNumber: 0,
    alternateSetting: 0,
    interfaceClass: 0x08,
    interfaceProtocol: 0x50,
    endpoints: [bulkIn, bulkOut],
    ...changes,
  };
}

describe("the Bulk-Only interface", () => {
  it("is found with its pipes, whatever their order", () => {
    const endpoints = [interruptIn, bulkOut, bulkIn];
    expect(findBulkOnlyInterface([description({ endpoints })])).toEqual({
      interfaceNumber: 0,
      alternateSetting: 0,
      hasAlternates: false,
      bulkIn,
      bulkOut,
    });
  });

  it("is found behind other interfaces", () => {
    const hid = description({ interfaceClass: 0x03, interfaceProtocol: 0 });
    const found = findBulkOnlyInterface([hid, description({ interfaceNumber: 4 })]);
    expect(found).toMatchObject({ interfaceNumber: 4, hasAlternates: false });
  });

  it("is found beside USB Attached SCSI (protocol 62h), and is then to be selected", () => {
    const attached = description({ interfaceProtocol: 0x62 });
    const found = findBulkOnlyInterface([attached, description({ alternateSetting: 1 })]);
    expect(found).toMatchObject({ alternateSetting: 1, hasAlternates: true });
  });

  it("is the first of several", () => {
    const found = findBulkOnlyInterface([description(), description({ interfaceNumber: 1 })]);
    expect(found?.interfaceNumber).toBe(0);
  });

  it.each([
    ["of another class", { interfaceClass: 0x03 }],
    ["of Control/Bulk/Interrupt transport", { interfaceProtocol: 0x00 }],
    ["without a bulk-OUT pipe", { endpoints: [bulkIn, interruptIn] }],
    ["without a bulk-IN pipe", { endpoints: [bulkOut, interruptIn] }],
  ])("is none %s", (_, changes) => {
    expect(findBulkOnlyInterface([description(changes)])).toBeUndefined();
  });

  it("has pipes of its own setting, each in its direction", () => {
    const endpoint: fc.Arbitrary<EndpointDescription> = fc.record({
      address: fc.integer({ min: 1, max: 15 }).chain((n) => fc.constantFrom(n, n | 0x80)),
      type: fc.constantFrom("isochronous" as const, "bulk" as const, "interrupt" as const),
      maxPacketBytes: fc.constantFrom(64, 512, 1024),
    });
    const setting = fc.record({
      interfaceNumber: fc.integer({ min: 0, max: 3 }),
      alternateSetting: fc.integer({ min: 0, max: 2 }),
      interfaceClass: fc.constantFrom(3, 8),
      interfaceProtocol: fc.constantFrom(0x50, 0x62),
      endpoints: fc.array(endpoint, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(setting), (settings) => {
        const found = findBulkOnlyInterface(settings);
        if (found === undefined) return;
        const owner = settings.find(
          ({ endpoints }) => endpoints.includes(found.bulkIn) && endpoints.includes(found.bulkOut),
        );
        expect(owner).toMatchObject({ interfaceClass: 8, interfaceProtocol: 0x50 });
        expect(found.bulkIn).toMatchObject({ type: "bulk" });
        expect(found.bulkIn.address).toBeGreaterThanOrEqual(0x80);
        expect(found.bulkOut).toMatchObject({ type: "bulk" });
        expect(found.bulkOut.address).toBeLessThan(0x80);
      }),
    );
  });
});
