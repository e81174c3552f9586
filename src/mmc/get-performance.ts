import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, GET PERFORMANCE command. */
const getPerformanceCdb = layout(12, {
  operationCode: bits(0, 0xff),
  dataType: bits(1, 0x1f),
  startingLba: bits(2, 0xffff_ffff),
  maxDescriptors: bits(8, 0xffff),
  type: bits(10, 0xff),
});

const performanceHeader = layout(8, { dataLength: bits(0, 0xffff_ffff) });

/** Type 00h, nominal performance. */
const nominalPerformanceDescriptor = layout(16, {
  startLba: bits(0, 0xffff_ffff),
  startKilobytesPerSecond: bits(4, 0xffff_ffff),
  endLba: bits(8, 0xffff_ffff),
  endKilobytesPerSecond: bits(12, 0xffff_ffff),
});

/** Type 03h. */
const writeSpeedDescriptor = layout(16, {
  rotationControl: bits(0, 0x18),
  restoreDefaults: flag(0, 0x04),
  exact: flag(0, 0x02),
  mixedReadWrite: flag(0, 0x01),
  endLba: bits(4, 0xffff_ffff),
  readKilobytesPerSecond: bits(8, 0xffff_ffff),
  writeKilobytesPerSecond: bits(12, 0xffff_ffff),
});

/** Tolerance 10b, "nominal", the only one; then the write bit, and no exceptions. */
const dataTypes = { read: 0b10000, write: 0b10100 } as const;

/** How fast a stretch of the medium goes by; kilobytes are of 1000 bytes. */
export type NominalPerformance = Readonly<ReturnType<typeof nominalPerformanceDescriptor.unpack>>;

/** A pair of speeds that the drive can be set to; kilobytes are of 1000 bytes. */
export type WriteSpeed = Readonly<ReturnType<typeof writeSpeedDescriptor.unpack>>;

/** Asks how fast the medium can be read, or written, from `startingLba` on: type 00h. */
export function getNominalPerformance(
  direction: keyof typeof dataTypes,
  options: { readonly startingLba?: number; readonly maxDescriptors?: number } = {},
): Command<readonly NominalPerformance[]> {
  const { startingLba = 0, maxDescriptors = 16 } = options;
  const cdb = getPerformanceCdb.pack({
    operationCode: 0xac,
    dataType: dataTypes[direction],
    startingLba,
    maxDescriptors,
    type: 0x00,
  });
  return getPerformance(cdb, maxDescriptors, nominalPerformanceDescriptor);
}

/** Asks which speeds there are for the medium in the drive: type 03h. */
export function getWriteSpeeds(maxDescriptors = 32): Command<readonly WriteSpeed[]> {
  const cdb = getPerformanceCdb.pack({ operationCode: 0xac, maxDescriptors, type: 0x03 });
  return getPerformance(cdb, maxDescriptors, writeSpeedDescriptor);
}

function getPerformance<Descriptor>(
  cdb: Uint8Array,
  maxDescriptors: number,
  descriptor: {
    readonly length: number;
    unpack(data: Uint8Array, structure: string, offset: number): Descriptor;
  },
): Command<readonly Descriptor[]> {
  const decode = (received: Uint8Array): Descriptor[] => {
    const { dataLength } = performanceHeader.unpack(received, "performance data");
    // The length counts what follows it.
    const data = received.subarray(performanceHeader.length, 4 + dataLength);
    const descriptors: Descriptor[] = [];
    for (let offset = 0; offset + descriptor.length <= data.length; offset += descriptor.length) {
      descriptors.push(descriptor.unpack(data, "performance descriptor", offset));
    }
    return descriptors;
  };
  const transferLength = performanceHeader.length + maxDescriptors * descriptor.length;
  return commandIn("GET PERFORMANCE", cdb, transferLength, decode, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}
