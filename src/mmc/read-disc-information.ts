import { bits, bytes, flag, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import { commandIn, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, READ DISC INFORMATION command. */
const readDiscInformationCdb = layout(10, {
  operationCode: bits(0, 0xff),
  dataType: bits(1, 0x07),
  allocationLength: bits(7, 0xffff),
});

/** Standard disc information, up to where the fields begin that only some discs have. */
const discInformation = layout(12, {
  dataLength: bits(0, 0xffff),
  erasable: flag(2, 0x10),
  lastSessionState: bits(2, 0x0c),
  status: bits(2, 0x03),
  firstTrack: bits(3, 0xff),
  sessionsLow: bits(4, 0xff),
  firstTrackInLastSessionLow: bits(5, 0xff),
  lastTrackInLastSessionLow: bits(6, 0xff),
  identificationValid: flag(7, 0x80),
  barCodeValid: flag(7, 0x40),
  unrestrictedUse: flag(7, 0x20),
  applicationCodeValid: flag(7, 0x10),
  dirty: flag(7, 0x04),
  backgroundFormat: bits(7, 0x03),
  discType: bits(8, 0xff),
  sessionsHigh: bits(9, 0xff),
  firstTrackInLastSessionHigh: bits(10, 0xff),
  lastTrackInLastSessionHigh: bits(11, 0xff),
});
const identification = layout(16, { identification: bits(12, 0xffff_ffff) });
const barCode = layout(32, { barCode: bytes(24, 8) });
const applicationCode = layout(33, { applicationCode: bits(32, 0xff) });

const discStatuses = ["empty", "incomplete", "complete", "other"] as const;
const sessionStates = ["empty", "incomplete", "damaged", "complete"] as const;
const backgroundFormats = ["none", "incomplete", "running", "complete"] as const;
const discTypes = {
  0x00: "CD-DA or CD-ROM",
  0x10: "CD-I",
  0x20: "CD-ROM XA",
  0xff: "undefined",
} as const;

export interface DiscInformation {
  readonly status: (typeof discStatuses)[number];
  readonly lastSessionState: (typeof sessionStates)[number];
  readonly erasable: boolean;
  readonly firstTrack: number;
  readonly sessions: number;
  readonly firstTrackInLastSession: number;
  readonly lastTrackInLastSession: number;
  /** Whether the disc may be used for anything (URU); not so for some special-use discs. */
  readonly unrestrictedUse: boolean;
  readonly backgroundFormat: (typeof backgroundFormats)[number];
  /** Whether a background format has left the disc to be looked after (MRW, DVD+RW). */
  readonly dirty: boolean;
  /** Of a CD; `undefined` in the standard's sense for all others. */
  readonly discType: CodedValue<(typeof discTypes)[keyof typeof discTypes]>;
  /** These three only where the drive says that they are valid. */
  readonly identification?: number;
  readonly barCode?: Uint8Array;
  readonly applicationCode?: number;
}

/** Asks how far the disc is recorded. */
export function readDiscInformation(allocationLength = 34): Command<DiscInformation> {
  const cdb = readDiscInformationCdb.pack({ operationCode: 0x51, allocationLength });
  return commandIn("READ DISC INFORMATION", cdb, allocationLength, decodeDiscInformation, {
    timeoutMs: mediumAccessTimeoutMs,
  });
}

function decodeDiscInformation(received: Uint8Array): DiscInformation {
  const structure = "disc information";
  const fields = discInformation.unpack(received, structure);
  // The length counts what follows it.
  const data = received.subarray(0, 2 + fields.dataLength);
  return {
    status: nameOf(discStatuses, fields.status),
    lastSessionState: nameOf(sessionStates, fields.lastSessionState),
    erasable: fields.erasable,
    firstTrack: fields.firstTrack,
    sessions: (fields.sessionsHigh << 8) | fields.sessionsLow,
    firstTrackInLastSession:
      (fields.firstTrackInLastSessionHigh << 8) | fields.firstTrackInLastSessionLow,
    lastTrackInLastSession:
      (fields.lastTrackInLastSessionHigh << 8) | fields.lastTrackInLastSessionLow,
    unrestrictedUse: fields.unrestrictedUse,
    backgroundFormat: nameOf(backgroundFormats, fields.backgroundFormat),
    dirty: fields.dirty,
    discType: codedValue(discTypes, fields.discType),
    ...(fields.identificationValid &&
      data.length >= identification.length &&
      identification.unpack(data, structure)),
    ...(fields.barCodeValid && data.length >= barCode.length && barCode.unpack(data, structure)),
    ...(fields.applicationCodeValid &&
      data.length >= applicationCode.length &&
      applicationCode.unpack(data, structure)),
  };
}

/** The names cover all values of their two bits. */
function nameOf<Name>(names: readonly [Name, Name, Name, Name], code: number): Name {
  return names[code] as Name;
}
