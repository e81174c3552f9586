import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, READ TOC/PMA/ATIP command. */
const readTocCdb = layout(10, {
  operationCode: bits(0, 0xff),
  msf: flag(1, 0x02),
  format: bits(2, 0x0f),
  trackOrSession: bits(6, 0xff),
  allocationLength: bits(7, 0xffff),
});

/** Tracks in format 0, complete sessions in formats 1 and 2. */
const tocHeader = layout(4, {
  dataLength: bits(0, 0xffff),
  first: bits(2, 0xff),
  last: bits(3, 0xff),
});

/** Of formats 0 and 1. */
const trackDescriptor = layout(8, {
  adr: bits(1, 0xf0),
  control: bits(1, 0x0f),
  track: bits(2, 0xff),
  lba: bits(4, 0xffff_ffff),
  minute: bits(5, 0xff),
  second: bits(6, 0xff),
  frame: bits(7, 0xff),
});

/** Of format 2: the Q sub-channel as it stands in the lead-in. */
const rawTocDescriptor = layout(11, {
  session: bits(0, 0xff),
  adr: bits(1, 0xf0),
  control: bits(1, 0x0f),
  tno: bits(2, 0xff),
  point: bits(3, 0xff),
  minute: bits(4, 0xff),
  second: bits(5, 0xff),
  frame: bits(6, 0xff),
  pMinute: bits(8, 0xff),
  pSecond: bits(9, 0xff),
  pFrame: bits(10, 0xff),
});

/** A time on a CD: 75 frames a second. */
export interface Msf {
  readonly minute: number;
  readonly second: number;
  readonly frame: number;
}

export interface TocTrack<Address = number> {
  /** AAh is the lead-out. */
  readonly track: number;
  readonly adr: number;
  /** Bit 2 is set for a data track. */
  readonly control: number;
  /** A logical block address, which may be negative, or a time. */
  readonly start: Address;
}

export interface Toc<Address = number> {
  readonly firstTrack: number;
  readonly lastTrack: number;
  readonly tracks: readonly TocTrack<Address>[];
}

export interface SessionInfo<Address = number> {
  readonly firstSession: number;
  readonly lastSession: number;
  /** The first track of the last complete session; absent where the drive sent none. */
  readonly firstTrackOfLastSession?: TocTrack<Address>;
}

export interface RawTocEntry {
  readonly session: number;
  readonly adr: number;
  readonly control: number;
  readonly tno: number;
  readonly point: number;
  readonly time: Msf;
  /** Where the track starts, for points 1 to 99; otherwise what the point says. */
  readonly pointTime: Msf;
}

export interface RawToc {
  readonly firstSession: number;
  readonly lastSession: number;
  readonly entries: readonly RawTocEntry[];
}

type TocHeader = Pick<ReturnType<typeof tocHeader.unpack>, "first" | "last">;
type TrackFields = ReturnType<typeof trackDescriptor.unpack>;

/** Bytes that the drive may send: a header and 99 tracks with the lead-out. */
const tocAllocationLength = tocHeader.length + 100 * trackDescriptor.length;

/** Every point of several sessions fits; the drive cuts what does not. */
const rawTocAllocationLength = 4096;

/** Asks for the tracks from `firstTrack` on: format 0, with logical block addresses. */
export function readToc(firstTrack = 0, allocationLength = tocAllocationLength): Command<Toc> {
  return readTocCommand({ format: 0, trackOrSession: firstTrack, allocationLength }, (data) =>
    decodeToc(data, lbaOf),
  );
}

/** As `readToc`, with times. */
export function readTocMsf(
  firstTrack = 0,
  allocationLength = tocAllocationLength,
): Command<Toc<Msf>> {
  const fields = { format: 0, msf: true, trackOrSession: firstTrack, allocationLength };
  return readTocCommand(fields, (data) => decodeToc(data, msfOf));
}

/** Asks for the last complete session: format 1, with logical block addresses. */
export function readSessionInfo(): Command<SessionInfo> {
  return readTocCommand({ format: 1, allocationLength: 12 }, (data) =>
    decodeSessionInfo(data, lbaOf),
  );
}

/** As `readSessionInfo`, with times. */
export function readSessionInfoMsf(): Command<SessionInfo<Msf>> {
  return readTocCommand({ format: 1, msf: true, allocationLength: 12 }, (data) =>
    decodeSessionInfo(data, msfOf),
  );
}

/** Asks for all of the lead-in's Q sub-channel from `firstSession` on: format 2, always in times. */
export function readRawToc(
  firstSession = 1,
  allocationLength = rawTocAllocationLength,
): Command<RawToc> {
  const fields = { format: 2, msf: true, trackOrSession: firstSession, allocationLength };
  return readTocCommand(fields, decodeRawToc);
}

function readTocCommand<Reply>(
  fields: Parameters<typeof readTocCdb.pack>[0] & { readonly allocationLength: number },
  decode: (data: Uint8Array) => Reply,
): Command<Reply> {
  const cdb = readTocCdb.pack({ ...fields, operationCode: 0x43 });
  return commandIn("READ TOC/PMA/ATIP", cdb, fields.allocationLength, decode, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}

function decodeToc<Address>(
  data: Uint8Array,
  addressOf: (track: TrackFields) => Address,
): Toc<Address> {
  const { header, tracks } = decodeTracks(data, addressOf);
  return { firstTrack: header.first, lastTrack: header.last, tracks };
}

function decodeSessionInfo<Address>(
  data: Uint8Array,
  addressOf: (track: TrackFields) => Address,
): SessionInfo<Address> {
  const { header, tracks } = decodeTracks(data, addressOf);
  const [track] = tracks;
  return {
    firstSession: header.first,
    lastSession: header.last,
    ...(track !== undefined && { firstTrackOfLastSession: track }),
  };
}

function decodeRawToc(received: Uint8Array): RawToc {
  const { header, data } = splitHeader(received);
  const entries: RawTocEntry[] = [];
  const { length } = rawTocDescriptor;
  for (let offset = 0; offset + length <= data.length; offset += length) {
    const fields = rawTocDescriptor.unpack(data, "TOC descriptor", offset);
    const { session, adr, control, tno, point } = fields;
    entries.push({
      session,
      adr,
      control,
      tno,
      point,
      time: msfOf(fields),
      pointTime: { minute: fields.pMinute, second: fields.pSecond, frame: fields.pFrame },
    });
  }
  return { firstSession: header.first, lastSession: header.last, entries };
}

function decodeTracks<Address>(
  received: Uint8Array,
  addressOf: (track: TrackFields) => Address,
): { readonly header: TocHeader; readonly tracks: TocTrack<Address>[] } {
  const { header, data } = splitHeader(received);
  const tracks: TocTrack<Address>[] = [];
  const { length } = trackDescriptor;
  for (let offset = 0; offset + length <= data.length; offset += length) {
    const fields = trackDescriptor.unpack(data, "TOC descriptor", offset);
    const { track, adr, control } = fields;
    tracks.push({ track, adr, control, start: addressOf(fields) });
  }
  return { header, tracks };
}

function splitHeader(received: Uint8Array): {
  readonly header: TocHeader;
  readonly data: Uint8Array;
} {
  const { dataLength, ...header } = tocHeader.unpack(received, "TOC");
  // The length counts what follows it.
  return { header, data: received.subarray(tocHeader.length, 2 + dataLength) };
}

function lbaOf({ lba }: TrackFields): number {
  // Two's complement: a CD's blocks before 00:02:00 have negative addresses.
  return lba | 0;
}

function msfOf({ minute, second, frame }: Msf): Msf {
  return { minute, second, frame };
}
