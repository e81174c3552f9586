import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { UsbDvdError } from "../../src/errors.js";
import {
  dvdAsf,
  dvdCopyProtectKey,
  dvdCopyrightDescriptor,
  dvdDescriptorHeader,
  dvdKeyLengths,
  dvdKeyTypes,
  dvdLayerDescriptor,
  dvdReadStructure,
  dvdRegion,
  dvdRpcKey,
  dvdSessionId,
  dvdSetRpcKey,
  ioControlCodes,
  ntStatus,
  ntStatusName,
  storageSetReadAhead,
  StructureError,
  type Structure,
} from "../../src/ioctl/index.js";
import { concat, hex } from "../bytes.js";

const cases = { numRuns: 10_000 };

interface Sample {
  readonly name: string;
  readonly structure: Structure<object>;
  readonly bytes: string;
  readonly values: object;
  readonly reserved?: string;
}

/** Bytes typed from the header's layouts: pack 1, little-endian, bit fields from bit 0 up. */
const samples: readonly Sample[] = [
  {
    name: "DVD_SESSION_ID",
    structure: dvdSessionId,
    bytes: "04 03 02 01",
    values: { sessionId: 0x0102_0304 },
  },
  {
    name: "DVD_RPC_KEY",
    structure: dvdRpcKey,
    bytes: "65 fd 01 00",
    values: {
      userResetsAvailable: 5,
      manufacturerResetsAvailable: 4,
      typeCode: 1,
      regionMask: 0xfd,
      rpcScheme: 1,
    },
  },
  {
    name: "DVD_SET_RPC_KEY",
    structure: dvdSetRpcKey,
    bytes: "fe 00 00 00",
    values: { preferredDriveRegionCode: 0xfe },
  },
  { name: "DVD_ASF", structure: dvdAsf, bytes: "00 00 00 01", values: { successFlag: true } },
  {
    name: "DVD_REGION",
    structure: dvdRegion,
    bytes: "01 fd 02 04",
    values: { copySystem: 1, regionData: 0xfd, systemRegion: 2, resetCount: 4 },
  },
  {
    name: "DVD_READ_STRUCTURE",
    structure: dvdReadStructure,
    bytes: "08 07 06 05 04 03 02 01  02 00 00 00  03 00 00 00  01",
    values: {
      blockByteOffset: 0x0102_0304_0506_0708n,
      format: 2,
      sessionId: 3,
      layerNumber: 1,
    },
  },
  {
    name: "DVD_DESCRIPTOR_HEADER",
    structure: dvdDescriptorHeader,
    bytes: "02 08 00 00",
    values: { length: 0x0802 },
  },
  {
    name: "DVD_LAYER_DESCRIPTOR",
    structure: dvdLayerDescriptor,
    bytes: "51 2f 31 84  00 00 03 00  ff ff fc 00  0f 0e 0d 0c  80 00",
    values: {
      bookVersion: 1,
      bookType: 5,
      minimumRate: 0xf,
      diskSize: 2,
      layerType: 1,
      trackPath: 1,
      numberOfLayers: 1,
      trackDensity: 4,
      linearDensity: 8,
      startingDataSector: 0x0003_0000,
      endDataSector: 0x00fc_ffff,
      endLayerZeroSector: 0x0c0d_0e0f,
      bcaFlag: true,
    },
  },
  {
    name: "DVD_COPYRIGHT_DESCRIPTOR",
    structure: dvdCopyrightDescriptor,
    bytes: "01 fe 00 00",
    values: { copyrightProtectionType: 1, regionManagementInformation: 0xfe },
  },
  {
    name: "STORAGE_SET_READ_AHEAD",
    structure: storageSetReadAhead,
    bytes: "00 08 00 00 00 00 00 00  00 00 00 00 01 00 00 00",
    values: { triggerAddress: 2048n, targetAddress: 0x1_0000_0000n },
  },
];

describe.each(samples)("$name", ({ structure, bytes, values }) => {
  it("is encoded and decoded to the byte", () => {
    expect(structure.size).toBe(hex(bytes).length);
    expect(structure.encode(values)).toEqual(hex(bytes));
    expect(structure.decode(hex(bytes))).toEqual(values);
  });

  it("ignores what follows, and refuses what is too short", () => {
    expect(structure.decode(concat(hex(bytes), hex("ff ff")))).toEqual(values);
    expect(() => structure.decode(hex(bytes).subarray(1))).toThrow(StructureError);
  });

  it("comes back as it was, whatever the bytes, but for what is reserved", () => {
    const { size } = structure;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size, maxLength: size + 3 }), (data) => {
        const decoded = structure.decode(data);
        const encoded = structure.encode(decoded);
        expect(encoded.length).toBe(size);
        expect(structure.decode(encoded)).toEqual(decoded);
        // The encoder sets no bit that the original did not have.
        expect(encoded.every((byte, index) => (byte & ~data[index]!) === 0)).toBe(true);
      }),
      cases,
    );
  });

  it("refuses any length that is too short, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: structure.size - 1 }), (data) => {
        expect(() => structure.decode(data)).toThrow(StructureError);
      }),
      cases,
    );
  });
});

describe("DVD_COPY_PROTECT_KEY", () => {
  const bytes = concat(
    hex("20 00 00 00  03 00 00 00  04 00 00 00  f0 00 00 00  00 08 00 00 01 00 00 00"),
    hex("70 71 72 73 74 00 00 00"),
  );
  const values = {
    sessionId: 3,
    keyType: dvdKeyTypes.titleKey,
    keyFlags: 0xf0,
    titleOffset: 0x1_0000_0800n,
    keyData: hex("70 71 72 73 74 00 00 00"),
  };

  it("is encoded and decoded to the byte", () => {
    expect(dvdCopyProtectKey.encode(values)).toEqual(bytes);
    expect(dvdCopyProtectKey.decode(bytes)).toEqual(values);
  });

  it("has 24 bytes before its key, with the union's 8 at 16, on 32-bit and on 64-bit", () => {
    expect(dvdCopyProtectKey.size).toBe(24);
    const handle = dvdCopyProtectKey.encode({ titleOffset: -1n, keyData: hex("aa") });
    expect(handle).toEqual(
      hex("19 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff aa"),
    );
  });

  it("says what is wrong with a KeyLength that does not fit", () => {
    expect(() => dvdCopyProtectKey.decode(bytes.subarray(0, 31))).toThrow(
      "These bytes are no DVD_COPY_PROTECT_KEY: its KeyLength says 32, of 24 to 31 bytes. " +
        "Give the buffer as it is, and whole.",
    );
    expect(() => dvdCopyProtectKey.decode(concat(hex("17"), bytes.subarray(1)))).toThrow(
      StructureError,
    );
  });

  it("comes back as it was", () => {
    const key = fc.record({
      sessionId: fc.nat(0xffff_ffff),
      keyType: fc.nat(0xffff_ffff),
      keyFlags: fc.nat(0xffff_ffff),
      titleOffset: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      keyData: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(key, (original) => {
        const encoded = dvdCopyProtectKey.encode(original);
        expect(new DataView(encoded.buffer).getUint32(0, true)).toBe(encoded.length);
        expect(dvdCopyProtectKey.decode(encoded)).toEqual({ ...original });
      }),
      cases,
    );
  });

  it("is decoded or refused by a typed error, whatever the bytes", () => {
    const lengths = fc.oneof(fc.nat(60), fc.nat(0xffff_ffff));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), lengths, (data, keyLength) => {
        if (data.length >= 4) new DataView(data.buffer).setUint32(0, keyLength, true);
        const isGood = data.length >= 24 && keyLength >= 24 && keyLength <= data.length;
        if (isGood) expect(dvdCopyProtectKey.decode(data).keyData.length).toBe(keyLength - 24);
        else expect(() => dvdCopyProtectKey.decode(data)).toThrow(UsbDvdError);
      }),
      cases,
    );
  });
});

describe("the numbers of ntddcdvd.h", () => {
  /** DEVICE_TYPE << 16 | access << 14 | function << 2 | method, with METHOD_BUFFERED = 0. */
  const ctlCode = (device: number, access: number, code: number): number =>
    (device << 16) | (access << 14) | (code << 2);

  it("are those that CTL_CODE makes", () => {
    const [read, readWrite] = [1, 3];
    expect(ioControlCodes).toEqual({
      startSession: ctlCode(0x33, read, 0x400),
      readKey: ctlCode(0x33, read, 0x401),
      sendKey: ctlCode(0x33, read, 0x402),
      endSession: ctlCode(0x33, read, 0x403),
      setReadAhead: ctlCode(0x33, read, 0x404),
      getRegion: ctlCode(0x33, read, 0x405),
      sendKey2: ctlCode(0x33, readWrite, 0x406),
      readStructure: ctlCode(0x33, read, 0x450),
      storageSetReadAhead: ctlCode(0x2d, read, 0x100),
    });
  });

  it("are the lengths of the keys with their header", () => {
    expect(dvdKeyLengths).toEqual({
      asf: 24 + 4,
      busKey: 24 + 8,
      challengeKey: 24 + 12,
      diskKey: 24 + 2048,
      rpcKey: 24 + 4,
      setRpcKey: 24 + 4,
      titleKey: 24 + 8,
    });
  });

  it("are the statuses of ntstatus.h", () => {
    expect(ntStatus).toEqual({
      STATUS_SUCCESS: 0x00000000,
      STATUS_NO_DATA_DETECTED: 0x80000022,
      STATUS_CLEANER_CARTRIDGE_INSTALLED: 0x80000027,
      STATUS_INVALID_PARAMETER: 0xc000000d,
      STATUS_NO_SUCH_DEVICE: 0xc000000e,
      STATUS_INVALID_DEVICE_REQUEST: 0xc0000010,
      STATUS_NO_MEDIA_IN_DEVICE: 0xc0000013,
      STATUS_UNRECOGNIZED_MEDIA: 0xc0000014,
      STATUS_NONEXISTENT_SECTOR: 0xc0000015,
      STATUS_BUFFER_TOO_SMALL: 0xc0000023,
      STATUS_INSUFFICIENT_RESOURCES: 0xc000009a,
      STATUS_DEVICE_DATA_ERROR: 0xc000009c,
      STATUS_DEVICE_NOT_CONNECTED: 0xc000009d,
      STATUS_MEDIA_WRITE_PROTECTED: 0xc00000a2,
      STATUS_DEVICE_NOT_READY: 0xc00000a3,
      STATUS_IO_TIMEOUT: 0xc00000b5,
      STATUS_INVALID_BLOCK_LENGTH: 0xc0000173,
      STATUS_IO_DEVICE_ERROR: 0xc0000185,
      STATUS_COPY_PROTECTION_FAILURE: 0xc0000305,
      STATUS_CSS_AUTHENTICATION_FAILURE: 0xc0000306,
      STATUS_CSS_KEY_NOT_PRESENT: 0xc0000307,
      STATUS_CSS_KEY_NOT_ESTABLISHED: 0xc0000308,
      STATUS_CSS_SCRAMBLED_SECTOR: 0xc0000309,
      STATUS_CSS_REGION_MISMATCH: 0xc000030a,
      STATUS_CSS_RESETS_EXHAUSTED: 0xc000030b,
    });
  });

  it("are statuses with one name each", () => {
    expect(ntStatusName(ntStatus.STATUS_SUCCESS)).toBe("STATUS_SUCCESS");
    expect(ntStatusName(0xc000_030a)).toBe("STATUS_CSS_REGION_MISMATCH");
    const values = Object.values(ntStatus);
    expect(new Set(values).size).toBe(values.length);
  });
});
