import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, READ TRACK INFORMATION command. */
const readTrackInformationCdb = layout(10, {
  operationCode: bits(0, 0xff),
  addressType: bits(1, 0x03),
  address: bits(2, 0xffff_ffff),
  allocationLength: bits(7, 0xffff),
});

/** The track information block as far as every edition has it. */
const trackInformation = layout(28, {
  dataLength: bits(0, 0xffff),
  trackLow: bits(2, 0xff),
  sessionLow: bits(3, 0xff),
  damaged: flag(5, 0x20),
  copy: flag(5, 0x10),
  trackMode: bits(5, 0x0f),
  reserved: flag(6, 0x80),
  blank: flag(6, 0x40),
  incremental: flag(6, 0x20),
  fixedPacket: flag(6, 0x10),
  dataMode: bits(6, 0x0f),
  lastRecordedValid: flag(7, 0x02),
  nextWritableValid: flag(7, 0x01),
  start: bits(8, 0xffff_ffff),
  nextWritable: bits(12, 0xffff_ffff),
  freeBlocks: bits(16, 0xffff_ffff),
  blockingFactor: bits(20, 0xffff_ffff),
  size: bits(24, 0xffff_ffff),
});
const lastRecordedAddress = layout(32, { lastRecorded: bits(28, 0xffff_ffff) });
const highNumbers = layout(34, { trackHigh: bits(32, 0xff), sessionHigh: bits(33, 0xff) });

const addressTypes = { lba: 0, track: 1, session: 2 } as const;

export interface TrackInformation {
  readonly track: number;
  readonly session: number;
  readonly damaged: boolean;
  readonly copy: boolean;
  /** As CONTROL in the table of contents: bit 2 is set for data. */
  readonly trackMode: number;
  /** 1 or 2 for user data, Fh where it is not known or not of a CD. */
  readonly dataMode: number;
  /** Whether the track is reserved and not written through. */
  readonly reserved: boolean;
  readonly blank: boolean;
  readonly incremental: boolean;
  readonly fixedPacket: boolean;
  /** All addresses and sizes are in logical blocks. */
  readonly start: number;
  readonly size: number;
  readonly freeBlocks: number;
  readonly blockingFactor: number;
  /** These two only where the drive says that they are valid. */
  readonly nextWritable?: number;
  readonly lastRecorded?: number;
}

/** Asks about the track with that number, the one that holds a block, or a session's first. */
export function readTrackInformation(
  addressType: keyof typeof addressTypes,
  address: number,
  allocationLength = 48,
): Command<TrackInformation> {
  const cdb = readTrackInformationCdb.pack({
    operationCode: 0x52,
    addressType: addressTypes[addressType],
    address,
    allocationLength,
  });
  return commandIn("READ TRACK INFORMATION", cdb, allocationLength, decodeTrackInformation, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}

function decodeTrackInformation(received: Uint8Array): TrackInformation {
  const structure = "track information";
  const fields = trackInformation.unpack(received, structure);
  const { dataLength, trackLow, sessionLow, lastRecordedValid, nextWritableValid, ...rest } =
    fields;
  const { nextWritable, ...track } = rest;
  // The length counts what follows it.
  const data = received.subarray(0, 2 + dataLength);
  const { trackHigh, sessionHigh } =
    data.length >= highNumbers.length
      ? highNumbers.unpack(data, structure)
      : { trackHigh: 0, sessionHigh: 0 };
  return {
    ...track,
    track: (trackHigh << 8) | trackLow,
    session: (sessionHigh << 8) | sessionLow,
    ...(nextWritableValid && { nextWritable }),
    ...(lastRecordedValid &&
      data.length >= lastRecordedAddress.length &&
      lastRecordedAddress.unpack(data, structure)),
  };
}
