import { MalformedResponseError } from "../errors.js";
import { bits, flag, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import type { Command } from "../scsi/command.js";
import { modeSense, type ModeParameters } from "../scsi/mode-sense.js";
import { loadingMechanisms, type LoadingMechanism } from "./loading-mechanism.js";

/** MM Capabilities and Mechanical Status page, MMC-3 (later editions keep it for old hosts). */
const pageCode = 0x2a;

/** As far as the oldest edition has it. */
const capabilitiesPage = layout(16, {
  readsDvdRam: flag(2, 0x20),
  readsDvdR: flag(2, 0x10),
  readsDvdRom: flag(2, 0x08),
  readsMethod2: flag(2, 0x04),
  readsCdRw: flag(2, 0x02),
  readsCdR: flag(2, 0x01),
  writesDvdRam: flag(3, 0x20),
  writesDvdR: flag(3, 0x10),
  testWrite: flag(3, 0x04),
  writesCdRw: flag(3, 0x02),
  writesCdR: flag(3, 0x01),
  bufferUnderrunFree: flag(4, 0x80),
  multiSession: flag(4, 0x40),
  mode2Form2: flag(4, 0x20),
  mode2Form1: flag(4, 0x10),
  audioPlay: flag(4, 0x01),
  readsBarCode: flag(5, 0x80),
  readsUpc: flag(5, 0x40),
  readsIsrc: flag(5, 0x20),
  c2Pointers: flag(5, 0x10),
  correctsSubchannels: flag(5, 0x08),
  readsSubchannels: flag(5, 0x04),
  accurateCdDaStream: flag(5, 0x02),
  readsCdDa: flag(5, 0x01),
  loadingMechanism: bits(6, 0xe0),
  canEject: flag(6, 0x08),
  preventJumper: flag(6, 0x04),
  locked: flag(6, 0x02),
  canLock: flag(6, 0x01),
  readsLeadInSubchannels: flag(7, 0x20),
  sideChange: flag(7, 0x10),
  maxReadKilobytesPerSecond: bits(8, 0xffff),
  volumeLevels: bits(10, 0xffff),
  bufferKibibytes: bits(12, 0xffff),
  currentReadKilobytesPerSecond: bits(14, 0xffff),
});
const obsoleteWriteSpeeds = layout(22, {
  maxWriteKilobytesPerSecond: bits(18, 0xffff),
  currentWriteKilobytesPerSecond: bits(20, 0xffff),
});
const copyManagement = layout(24, { copyManagementRevision: bits(22, 0xffff) });
const writeSpeeds = layout(32, {
  rotationControl: bits(27, 0x03),
  currentWriteKilobytesPerSecond: bits(28, 0xffff),
  count: bits(30, 0xffff),
});
const writeSpeedDescriptor = layout(4, {
  rotationControl: bits(1, 0x07),
  kilobytesPerSecond: bits(2, 0xffff),
});

/** A speed that the drive can write at; kilobytes are of 1000 bytes. */
export type PageWriteSpeed = Readonly<ReturnType<typeof writeSpeedDescriptor.unpack>>;

/** What a drive can do, and whether its tray is locked. */
export interface DriveCapabilities extends Readonly<
  Omit<ReturnType<typeof capabilitiesPage.unpack>, "loadingMechanism">
> {
  readonly loadingMechanism: CodedValue<LoadingMechanism>;
  /** What follows is there as far as the drive's page goes. */
  readonly maxWriteKilobytesPerSecond?: number;
  readonly currentWriteKilobytesPerSecond?: number;
  /** 1 for CSS and CPPM. */
  readonly copyManagementRevision?: number;
  /** 0 for constant linear velocity, 1 for constant angular velocity. */
  readonly rotationControl?: number;
  readonly writeSpeeds: readonly PageWriteSpeed[];
}

/** Asks for mode page 2Ah: MODE SENSE (10). */
export function modeSenseCapabilities(allocationLength = 256): Command<DriveCapabilities> {
  const command = modeSense(pageCode, { allocationLength });
  return { ...command, decode: (data) => decodeCapabilities(command.decode(data)) };
}

function decodeCapabilities({ pages }: ModeParameters): DriveCapabilities {
  const page = pages.find((candidate) => candidate.pageCode === pageCode);
  if (page === undefined) {
    throw new MalformedResponseError("mode parameters", 8, "page 2Ah is not among them");
  }
  const structure = "mode page 2Ah";
  const { bytes } = page;
  const { loadingMechanism, ...fields } = capabilitiesPage.unpack(bytes, structure);
  return {
    ...fields,
    loadingMechanism: codedValue(loadingMechanisms, loadingMechanism),
    ...(bytes.length >= obsoleteWriteSpeeds.length && obsoleteWriteSpeeds.unpack(bytes, structure)),
    ...(bytes.length >= copyManagement.length && copyManagement.unpack(bytes, structure)),
    ...decodeWriteSpeeds(bytes),
  };
}

function decodeWriteSpeeds(
  page: Uint8Array,
): Pick<DriveCapabilities, "rotationControl" | "currentWriteKilobytesPerSecond" | "writeSpeeds"> {
  if (page.length < writeSpeeds.length) return { writeSpeeds: [] };
  const { count, ...current } = writeSpeeds.unpack(page, "mode page 2Ah");
  const { length } = writeSpeedDescriptor;
  const descriptors = page.subarray(writeSpeeds.length, writeSpeeds.length + count * length);
  const speeds: PageWriteSpeed[] = [];
  for (let offset = 0; offset + length <= descriptors.length; offset += length) {
    speeds.push(writeSpeedDescriptor.unpack(descriptors, "write speed descriptor", offset));
  }
  return { ...current, writeSpeeds: speeds };
}
