import { bits, flag, layout, text, type Layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import { loadingMechanisms, type LoadingMechanism } from "./loading-mechanism.js";
import { profile, type ProfileName } from "./profile.js";

/*
 * What the features' data says, MMC-6 5.3. Offsets count from behind the descriptor's header, four
 * less than the standard prints.
 */

const physicalInterfaces = {
  0: "unspecified",
  1: "SCSI",
  2: "ATAPI",
  3: "IEEE 1394-1995",
  4: "IEEE 1394a",
  5: "Fibre Channel",
  6: "IEEE 1394b",
  7: "Serial ATAPI",
  8: "USB",
} as const;

const profileDescriptor = layout(4, { code: bits(0, 0xffff), current: flag(2, 0x01) });
const core = layout(4, { physicalInterface: bits(0, 0xffff_ffff) });
const coreVersion1 = layout(8, { inquiry2: flag(4, 0x02), deviceBusyEvents: flag(4, 0x01) });
const morphing = layout(4, { operationalChangeEvents: flag(0, 0x02), asynchronous: flag(0, 0x01) });
const removableMedium = layout(4, {
  loadingMechanism: bits(0, 0xe0),
  canLoad: flag(0, 0x10),
  canEject: flag(0, 0x08),
  preventJumper: flag(0, 0x04),
  canLock: flag(0, 0x01),
});
const randomReadable = layout(8, {
  blockLength: bits(0, 0xffff_ffff),
  blocking: bits(4, 0xffff),
  errorRecoveryPage: flag(6, 0x01),
});
const cdRead = layout(4, {
  digitalAudioPlay: flag(0, 0x80),
  c2Flags: flag(0, 0x02),
  cdText: flag(0, 0x01),
});
const dvdRead = layout(4, {
  multi110: flag(0, 0x01),
  dualLayerRw: flag(2, 0x02),
  dualLayerR: flag(2, 0x01),
});
const bdRead = layout(28, {
  bdReClass0: bits(4, 0xffff),
  bdReClass1: bits(6, 0xffff),
  bdReClass2: bits(8, 0xffff),
  bdReClass3: bits(10, 0xffff),
  bdRClass0: bits(12, 0xffff),
  bdRClass1: bits(14, 0xffff),
  bdRClass2: bits(16, 0xffff),
  bdRClass3: bits(18, 0xffff),
  bdRomClass0: bits(20, 0xffff),
  bdRomClass1: bits(22, 0xffff),
  bdRomClass2: bits(24, 0xffff),
  bdRomClass3: bits(26, 0xffff),
});
const timeout = layout(4, { group3: flag(0, 0x01), unitLength: bits(2, 0xffff) });
const protectionVersion = layout(4, { version: bits(3, 0xff) });
const realTimeStreaming = layout(4, {
  readBufferCapacityBlock: flag(0, 0x10),
  setCdSpeed: flag(0, 0x08),
  writeSpeedInModePage2a: flag(0, 0x04),
  writeSpeedInGetPerformance: flag(0, 0x02),
  streamWriting: flag(0, 0x01),
});
const aacs = layout(4, {
  generatesBindingNonce: flag(0, 0x01),
  bindingNonceBlocks: bits(1, 0xff),
  agids: bits(2, 0x0f),
  version: bits(3, 0xff),
});
const firmwareInformation = layout(14, {
  year: text(0, 4),
  month: text(4, 2),
  day: text(6, 2),
  hour: text(8, 2),
  minute: text(10, 2),
  second: text(12, 2),
});

export interface ProfileListEntry extends CodedValue<ProfileName> {
  /** Whether the medium in the drive is of this profile. */
  readonly current: boolean;
}

/** The decoded features: their codes, and what their data says. */
const decoders = {
  profileList: { code: 0x0000, decode: decodeProfiles },
  core: { code: 0x0001, decode: decodeCore },
  morphing: { code: 0x0002, decode: unpacking(morphing) },
  removableMedium: { code: 0x0003, decode: decodeRemovableMedium },
  randomReadable: { code: 0x0010, decode: unpacking(randomReadable) },
  multiRead: { code: 0x001d, decode: noFields },
  cdRead: { code: 0x001e, decode: unpacking(cdRead) },
  dvdRead: { code: 0x001f, decode: unpacking(dvdRead) },
  bdRead: { code: 0x0040, decode: unpacking(bdRead) },
  powerManagement: { code: 0x0100, decode: noFields },
  timeout: { code: 0x0105, decode: unpacking(timeout) },
  dvdCss: { code: 0x0106, decode: unpacking(protectionVersion) },
  realTimeStreaming: { code: 0x0107, decode: unpacking(realTimeStreaming) },
  driveSerialNumber: { code: 0x0108, decode: decodeSerialNumber },
  mediaSerialNumber: { code: 0x0109, decode: noFields },
  dvdCprm: { code: 0x010b, decode: unpacking(protectionVersion) },
  firmwareInformation: { code: 0x010c, decode: decodeFirmwareInformation },
  aacs: { code: 0x010d, decode: unpacking(aacs) },
} satisfies Record<string, { code: number; decode: (data: Uint8Array) => object }>;

export type FeatureKind = keyof typeof decoders;

/** The fields of each decoded feature. */
export type FeatureFields = {
  readonly [Kind in FeatureKind]: Readonly<ReturnType<(typeof decoders)[Kind]["decode"]>>;
};

interface DecodedFeature {
  readonly kind: FeatureKind;
  readonly fields: object;
}

/** How to read a feature's data, by its code. */
export const featureDecoders: ReadonlyMap<number, (data: Uint8Array) => DecodedFeature> = new Map(
  (Object.keys(decoders) as FeatureKind[]).map((kind) => {
    const { code, decode } = decoders[kind];
    return [code, (data: Uint8Array) => ({ kind, fields: decode(data) })];
  }),
);

function unpacking<Values>(fields: Layout<Values>): (data: Uint8Array) => Values {
  return (data) => fields.unpack(data, "feature data");
}

function noFields(): object {
  return {};
}

function decodeProfiles(data: Uint8Array): { readonly profiles: readonly ProfileListEntry[] } {
  const profiles: ProfileListEntry[] = [];
  const { length } = profileDescriptor;
  for (let offset = 0; offset + length <= data.length; offset += length) {
    const { code, current } = profileDescriptor.unpack(data, "profile descriptor", offset);
    profiles.push({ ...profile(code), current });
  }
  return { profiles };
}

function decodeCore(data: Uint8Array): {
  readonly physicalInterface: CodedValue;
  readonly inquiry2?: boolean;
  readonly deviceBusyEvents?: boolean;
} {
  const { physicalInterface } = core.unpack(data, "feature data");
  return {
    physicalInterface: codedValue(physicalInterfaces, physicalInterface),
    // Version 0 of the feature ends here.
    ...(data.length >= coreVersion1.length && coreVersion1.unpack(data, "feature data")),
  };
}

function decodeRemovableMedium(data: Uint8Array): {
  readonly loadingMechanism: CodedValue<LoadingMechanism>;
  readonly canLoad: boolean;
  readonly canEject: boolean;
  readonly preventJumper: boolean;
  readonly canLock: boolean;
} {
  const { loadingMechanism, ...abilities } = removableMedium.unpack(data, "feature data");
  return { loadingMechanism: codedValue(loadingMechanisms, loadingMechanism), ...abilities };
}

function decodeSerialNumber(data: Uint8Array): { readonly serialNumber: string } {
  return layout(data.length, { serialNumber: text(0, data.length) }).unpack(data, "feature data");
}

function decodeFirmwareInformation(data: Uint8Array): { readonly createdAt: string } {
  const { year, month, day, hour, minute, second } = firmwareInformation.unpack(
    data,
    "feature data",
  );
  return { createdAt: `${year}-${month}-${day}T${hour}:${minute}:${second}` };
}
