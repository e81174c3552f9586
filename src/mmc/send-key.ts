import { bits, bytes, layout } from "../layout.js";
import {
  commandOut,
  commandWithoutData,
  type Command,
  type CommandOptions,
} from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";
import { keyClasses, keyLengths, type KeyClassOption } from "./key-exchange.js";

/** MMC-6, SEND KEY command. */
const sendKeyCdb = layout(12, {
  operationCode: bits(0, 0xff),
  keyClass: bits(7, 0xff),
  parameterListLength: bits(8, 0xffff),
  agid: bits(10, 0xc0),
  keyFormat: bits(10, 0x3f),
});

const dataLength = bits(0, 0xffff);
const rawHeader = layout(4, { dataLength });
const challengeData = layout(16, { dataLength, challenge: bytes(4, keyLengths.challenge) });
const key2Data = layout(12, { dataLength, key: bytes(4, keyLengths.busKey) });
const rpcRegionData = layout(8, { dataLength, regionMask: bits(4, 0xff) });

const keyFormats = { challenge: 0x01, key2: 0x03, rpcRegion: 0x06, invalidateAgid: 0x3f } as const;

/** Sends the host's challenge to the drive: 10 bytes, in the order of the wire. */
export function sendChallenge(
  agid: number,
  challenge: Uint8Array,
  options: KeyClassOption = {},
): Command {
  const data = challengeData.pack({ dataLength: challengeData.length - 2, challenge });
  return sendKey(keyFormats.challenge, data, { agid, ...options });
}

/** Sends the host's answer to the drive's challenge, KEY2: 5 bytes, in the order of the wire. */
export function sendKey2(agid: number, key: Uint8Array, options: KeyClassOption = {}): Command {
  const data = key2Data.pack({ dataLength: key2Data.length - 2, key });
  return sendKey(keyFormats.key2, data, { agid, ...options });
}

/**
 * Sets the drive's region, which spends one of its few changes: it is never sent twice. Bit 0 of
 * `regionMask` is region 1, and exactly one bit must be zero; throws `RangeError` otherwise.
 */
export function sendRpcRegion(regionMask: number, options: KeyClassOption = {}): Command {
  const selected = ~regionMask & 0xff;
  const isOneRegion = selected !== 0 && (selected & (selected - 1)) === 0;
  if (!isOneRegion) {
    throw new RangeError(
      `region mask ${regionMask} must have exactly one zero bit, for the region`,
    );
  }
  const data = rpcRegionData.pack({ dataLength: rpcRegionData.length - 2, regionMask });
  return sendKey(keyFormats.rpcRegion, data, options, { neverRepeat: true });
}

/** Ends a session, as Windows does it. Drives that refuse may take `reportInvalidateAgid`. */
export function sendInvalidateAgid(agid: number, options: KeyClassOption = {}): Command {
  const cdb = packCdb(keyFormats.invalidateAgid, 0, { agid, ...options });
  return commandWithoutData("SEND KEY", cdb, { timeoutMs: mediumAccessTimeoutMs });
}

export interface SendKeyOptions extends KeyParameters {
  readonly keyFormat: number;
  /** What follows the header of four bytes. */
  readonly content: Uint8Array;
}

/**
 * Sends any key format, with its content as it is given. The caller answers for what it holds: a
 * region (format 06h) is not looked at, and spends one of the drive's few changes.
 */
export function sendRawKey(options: SendKeyOptions): Command {
  const { keyFormat, content, ...parameters } = options;
  const data = new Uint8Array(rawHeader.length + content.length);
  data.set(rawHeader.pack({ dataLength: data.length - 2 }));
  data.set(content, rawHeader.length);
  const isRegion = keyFormat === keyFormats.rpcRegion;
  return sendKey(keyFormat, data, parameters, isRegion ? { neverRepeat: true } : {});
}

interface KeyParameters extends KeyClassOption {
  /** The session with the drive, 0 to 3. */
  readonly agid?: number;
}

function sendKey(
  keyFormat: number,
  data: Uint8Array,
  parameters: KeyParameters,
  options: CommandOptions = {},
): Command {
  const cdb = packCdb(keyFormat, data.length, parameters);
  return commandOut("SEND KEY", cdb, data, { timeoutMs: mediumAccessTimeoutMs, ...options });
}

function packCdb(
  keyFormat: number,
  parameterListLength: number,
  { keyClass = keyClasses.css, ...parameters }: KeyParameters,
): Uint8Array {
  return sendKeyCdb.pack({
    operationCode: 0xa3,
    keyClass,
    parameterListLength,
    keyFormat,
    ...parameters,
  });
}
