import { describe, expect, it } from "vitest";

import { featureNames } from "../../src/mmc/feature-names.js";
import { findFeature } from "../../src/mmc/feature.js";
import { getConfiguration } from "../../src/mmc/get-configuration.js";
import { ascii, concat, hex } from "../bytes.js";

/** A reply that holds these descriptors, with the length that it ought to have. */
function reply(...descriptors: readonly Uint8Array[]): Uint8Array {
  const features = concat(...descriptors);
  return concat(hex("00 00 00"), Uint8Array.of(4 + features.length), hex("00 00 00 10"), features);
}

/** The features that are decoded from these descriptors. */
function featuresOf(...descriptors: readonly Uint8Array[]) {
  return getConfiguration().decode(reply(...descriptors)).features;
}

describe("GET CONFIGURATION", () => {
  it("asks for all features, or some", () => {
    expect(getConfiguration().cdb).toEqual(hex("46 00 00 00 00 00 00 08 00 00"));
    expect(
      getConfiguration({ features: "one", startingFeature: 0x0106, allocationLength: 16 }).cdb,
    ).toEqual(hex("46 02 01 06 00 00 00 00 10 00"));
    expect(getConfiguration({ features: "current" }).cdb[1]).toBe(0x01);
  });

  it("reads the header, and how much more there is", () => {
    expect(getConfiguration().decode(hex("00 00 01 7c 00 00 00 2b"))).toEqual({
      currentProfile: { code: 0x2b, name: "DVD+R Dual Layer" },
      features: [],
      availableLength: 0x180,
    });
  });

  it("splits the descriptors, and keeps those that it does not know", () => {
    const features = featuresOf(hex("00 1d 00 00"), hex("ff 42 0d 04 01 02 03 04"));
    expect(features).toEqual([
      {
        known: true,
        kind: "multiRead",
        fields: {},
        code: 0x1d,
        name: "MultiRead",
        version: 0,
        persistent: false,
        current: false,
        data: hex(""),
      },
      {
        known: false,
        code: 0xff42,
        version: 3,
        persistent: false,
        current: true,
        data: hex("01 02 03 04"),
      },
    ]);
  });

  it("leaves out a descriptor that was cut", () => {
    const whole = reply(hex("01 00 03 00"), hex("00 03 03 04 29 00 00 00"));
    const { features } = getConfiguration().decode(whole.subarray(0, -1));
    expect(features.map(({ name }) => name)).toEqual(["Power Management"]);
  });

  it("keeps a known feature with too little data as it came", () => {
    const [feature] = featuresOf(hex("00 10 01 04 00 00 08 00"));
    expect(feature).toMatchObject({ known: false, name: "Random Readable" });
  });
});

describe("the features", () => {
  it("list the profiles", () => {
    const features = featuresOf(hex("00 00 03 0c 00 10 01 00 00 08 00 00 ab cd 00 00"));
    expect(findFeature(features, "profileList")?.fields.profiles).toEqual([
      { code: 0x10, name: "DVD-ROM", current: true },
      { code: 0x08, name: "CD-ROM", current: false },
      { code: 0xabcd, name: "reserved", current: false },
    ]);
  });

  it.each([
    ["core", "00 01 0b 08 00 00 00 08 03 00 00 00", { inquiry2: true, deviceBusyEvents: true }],
    ["core", "00 01 03 04 00 00 00 02", { physicalInterface: { code: 2, name: "ATAPI" } }],
    ["morphing", "00 02 07 04 02 00 00 00", { operationalChangeEvents: true, asynchronous: false }],
    [
      "removableMedium",
      "00 03 03 04 39 00 00 00",
      {
        loadingMechanism: { code: 1, name: "tray" },
        canLoad: true,
        canEject: true,
        preventJumper: false,
        canLock: true,
      },
    ],
    [
      "randomReadable",
      "00 10 01 08 00 00 08 00 00 10 01 00",
      { blockLength: 2048, blocking: 16, errorRecoveryPage: true },
    ],
    ["cdRead", "00 1e 09 04 83 00 00 00", { digitalAudioPlay: true, c2Flags: true, cdText: true }],
    [
      "dvdRead",
      "00 1f 09 04 01 00 02 00",
      { multi110: true, dualLayerRw: true, dualLayerR: false },
    ],
    ["timeout", "01 05 07 04 01 00 00 20", { group3: true, unitLength: 32 }],
    ["dvdCss", "01 06 01 04 00 00 00 01", { version: 1 }],
    ["dvdCprm", "01 0b 01 04 00 00 00 02", { version: 2 }],
    [
      "realTimeStreaming",
      "01 07 11 04 1a 00 00 00",
      {
        readBufferCapacityBlock: true,
        setCdSpeed: true,
        writeSpeedInModePage2a: false,
        writeSpeedInGetPerformance: true,
        streamWriting: false,
      },
    ],
    [
      "aacs",
      "01 0d 09 04 01 05 04 01",
      { generatesBindingNonce: true, bindingNonceBlocks: 5, agids: 4, version: 1 },
    ],
  ] as const)("decode %s", (kind, bytes, fields) => {
    expect(findFeature(featuresOf(hex(bytes)), kind)?.fields).toMatchObject(fields);
  });

  it("decode the classes of BD Read", () => {
    const bytes = `00 40 01 1c 00 00 00 00
      00 01 00 02 00 03 00 04  00 05 00 06 00 07 00 08  00 09 00 0a 00 0b 00 0c`;
    expect(findFeature(featuresOf(hex(bytes)), "bdRead")?.fields).toEqual({
      bdReClass0: 1,
      bdReClass1: 2,
      bdReClass2: 3,
      bdReClass3: 4,
      bdRClass0: 5,
      bdRClass1: 6,
      bdRClass2: 7,
      bdRClass3: 8,
      bdRomClass0: 9,
      bdRomClass1: 10,
      bdRomClass2: 11,
      bdRomClass3: 12,
    });
  });

  it("decode the texts", () => {
    const features = featuresOf(
      concat(hex("01 08 03 08"), ascii("K9012  "), hex("00")),
      concat(hex("01 0c 03 10"), ascii("20260131235958"), hex("00 00")),
    );
    expect(findFeature(features, "driveSerialNumber")?.fields.serialNumber).toBe("K9012");
    expect(findFeature(features, "firmwareInformation")?.fields.createdAt).toBe(
      "2026-01-31T23:59:58",
    );
    expect(findFeature(features, "aacs")).toBeUndefined();
  });

  it("all have the standard's names", () => {
    expect(Object.keys(featureNames)).toHaveLength(61);
    expect(featureNames[0x0107]).toBe("Real Time Streaming");
  });
});
