import { MalformedResponseError } from "../errors.js";
import { bits, bytes, flag, layout, type Layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import {
  commandIn,
  commandWithoutData,
  type Command,
  type CommandOptions,
} from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";
import { playableRegions } from "./copyright-information.js";
import { keyClasses, keyLengths, type KeyClassOption } from "./key-exchange.js";

/** MMC-6, REPORT KEY command. */
const reportKeyCdb = layout(12, {
  operationCode: bits(0, 0xff),
  lba: bits(2, 0xffff_ffff),
  keyClass: bits(7, 0xff),
  allocationLength: bits(8, 0xffff),
  agid: bits(10, 0xc0),
  keyFormat: bits(10, 0x3f),
});

const dataLength = bits(0, 0xffff);
const agidData = layout(8, { dataLength, agid: bits(7, 0xc0) });
const challengeData = layout(16, { dataLength, challenge: bytes(4, keyLengths.challenge) });
const key1Data = layout(12, { dataLength, key: bytes(4, keyLengths.busKey) });
const titleKeyData = layout(12, {
  dataLength,
  copyrightMaterial: flag(4, 0x80),
  protectedSector: flag(4, 0x40),
  copyGeneration: bits(4, 0x30),
  key: bytes(5, keyLengths.titleKey),
});
const authenticationSuccessData = layout(8, { dataLength, authenticated: flag(7, 0x01) });
const rpcStateData = layout(8, {
  dataLength,
  type: bits(4, 0xc0),
  vendorResets: bits(4, 0x38),
  userChanges: bits(4, 0x07),
  regionMask: bits(5, 0xff),
  scheme: bits(6, 0xff),
});

const keyFormats = {
  agid: 0x00,
  challenge: 0x01,
  key1: 0x02,
  titleKey: 0x04,
  authenticationSuccess: 0x05,
  rpcState: 0x08,
  invalidateAgid: 0x3f,
} as const;

const rpcTypes = ["none", "set", "lastChance", "permanent"] as const;
const rpcSchemes = { 0: "RPC-I", 1: "RPC-II" } as const;

export interface TitleKey {
  /** Whether the sector holds copyrighted material (CPM); the rest counts only then. */
  readonly copyrightMaterial: boolean;
  /** Whether the sector's data is protected (CP_SEC). */
  readonly protectedSector: boolean;
  /** The copy generation management code (CGMS): 0 copy freely, 2 once, 3 never. */
  readonly copyGeneration: number;
  /** Five bytes as the drive encrypts them for the session, in the order of the wire. */
  readonly key: Uint8Array;
}

/** A drive's region, and how often it can still be changed. */
export interface RpcState {
  /** `lastChance` means that the next change is for good, `none` that there never was one. */
  readonly type: (typeof rpcTypes)[number];
  /** How often the vendor can still give the user changes back. */
  readonly vendorResets: number;
  readonly userChanges: number;
  /** Bit 0 is region 1; a zero bit means that the drive plays discs of it. */
  readonly regionMask: number;
  /** The regions, of 1 to 8, that are set in the mask: none while the drive has no region. */
  readonly regions: readonly number[];
  readonly scheme: CodedValue<(typeof rpcSchemes)[keyof typeof rpcSchemes]>;
}

/**
 * Asks for a session: an authentication grant identifier (AGID), 0 to 3. The drive has only a few,
 * and each is taken until it is invalidated.
 */
export function reportAgid(options: KeyClassOption = {}): Command<number> {
  return reportKey(keyFormats.agid, agidData, (fields) => fields.agid, options);
}

/** Asks for the drive's challenge to the host: 10 bytes, in the order of the wire. */
export function reportChallenge(agid: number, options: KeyClassOption = {}): Command<Uint8Array> {
  const fields = { agid, ...options };
  return reportKey(keyFormats.challenge, challengeData, ({ challenge }) => challenge, fields);
}

/** Asks for the drive's answer to the host's challenge, KEY1: 5 bytes, in the order of the wire. */
export function reportKey1(agid: number, options: KeyClassOption = {}): Command<Uint8Array> {
  return reportKey(keyFormats.key1, key1Data, ({ key }) => key, { agid, ...options });
}

/** Asks for the title key of the sector at `lba`. */
export function reportTitleKey(
  agid: number,
  lba: number,
  options: KeyClassOption = {},
): Command<TitleKey> {
  const decode = ({ dataLength, ...titleKey }: ReturnType<typeof titleKeyData.unpack>): TitleKey =>
    titleKey;
  return reportKey(keyFormats.titleKey, titleKeyData, decode, { agid, lba, ...options }, { lba });
}

/** Asks for the authentication success flag (ASF): whether the session is authenticated. */
export function reportAuthenticationSuccess(
  agid: number,
  options: KeyClassOption = {},
): Command<boolean> {
  const fields = { agid, ...options };
  return reportKey(
    keyFormats.authenticationSuccess,
    authenticationSuccessData,
    ({ authenticated }) => authenticated,
    fields,
  );
}

/** Asks for the drive's region playback control (RPC) state. */
export function reportRpcState(options: KeyClassOption = {}): Command<RpcState> {
  const decode = (fields: ReturnType<typeof rpcStateData.unpack>): RpcState => ({
    // The names cover all values of the two bits.
    type: rpcTypes[fields.type] ?? "none",
    vendorResets: fields.vendorResets,
    userChanges: fields.userChanges,
    regionMask: fields.regionMask,
    regions: playableRegions(fields.regionMask),
    scheme: codedValue(rpcSchemes, fields.scheme),
  });
  return reportKey(keyFormats.rpcState, rpcStateData, decode, options);
}

/** Ends a session, as Linux does it. Drives that refuse may take `sendInvalidateAgid`. */
export function reportInvalidateAgid(agid: number, options: KeyClassOption = {}): Command {
  const cdb = packCdb(keyFormats.invalidateAgid, 0, { agid, ...options });
  return commandWithoutData("REPORT KEY", cdb, { timeoutMs: mediumAccessTimeoutMs });
}

export interface ReportKeyOptions extends KeyParameters {
  readonly keyFormat: number;
  /** Bytes that the drive may send, the header of four included. */
  readonly allocationLength: number;
}

/** Asks for any key format, and returns the reply as it came, its header of four bytes included. */
export function reportRawKey(options: ReportKeyOptions): Command<Uint8Array> {
  const { keyFormat, allocationLength, ...parameters } = options;
  const cdb = packCdb(keyFormat, allocationLength, parameters);
  const { lba } = parameters;
  return commandIn("REPORT KEY", cdb, allocationLength, (data) => data, {
    timeoutMs: mediumAccessTimeoutMs,
    ...(lba !== undefined && { lba }),
  });
}

function reportKey<Fields extends { readonly dataLength: number }, Reply>(
  keyFormat: number,
  fields: Layout<Fields>,
  read: (fields: Fields) => Reply,
  parameters: KeyParameters,
  options: CommandOptions = {},
): Command<Reply> {
  const { length } = fields;
  const decode = (data: Uint8Array): Reply => {
    const values = fields.unpack(data, "REPORT KEY data");
    // Bytes that the drive itself takes for something else must not be taken for a key.
    if (values.dataLength !== length - 2) {
      throw new MalformedResponseError(
        "REPORT KEY data",
        0,
        `its length says ${values.dataLength}, and should say ${length - 2}`,
      );
    }
    return read(values);
  };
  return commandIn("REPORT KEY", packCdb(keyFormat, length, parameters), length, decode, {
    timeoutMs: mediumAccessTimeoutMs,
    ...options,
  });
}

interface KeyParameters extends KeyClassOption {
  /** The session with the drive, 0 to 3. */
  readonly agid?: number;
  /** The sector that a title key is asked for. */
  readonly lba?: number;
}

function packCdb(
  keyFormat: number,
  allocationLength: number,
  { keyClass = keyClasses.css, ...parameters }: KeyParameters,
): Uint8Array {
  return reportKeyCdb.pack({
    operationCode: 0xa4,
    keyClass,
    allocationLength,
    keyFormat,
    ...parameters,
  });
}
