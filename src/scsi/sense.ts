import { MalformedResponseError } from "../errors.js";
import { bits, flag, layout } from "../layout.js";
import { senseKeyNames, senseKeys, type SenseKeyName } from "./sense-key.js";
import { senseText } from "./sense-text.js";

/** Why a device did not do what it was asked, SPC-4 4.5. */
export interface Sense extends SenseKeySpecific {
  /** Whether it is about an earlier command, and not the one that has just failed. */
  readonly deferred: boolean;
  readonly senseKey: number;
  readonly senseKeyName: SenseKeyName;
  /** The additional sense code and its qualifier, and what T10 says that they mean. */
  readonly asc: number;
  readonly ascq: number;
  readonly text: string;
  /** Whether `information` is what the command's standard says it to be. */
  readonly valid: boolean;
  /**
   * For a medium error, the logical block that could not be read; a `bigint` where it is too large
   * for a number. Only where `valid`.
   */
  readonly information?: number | bigint;
  readonly filemark: boolean;
  readonly endOfMedium: boolean;
  readonly incorrectLength: boolean;
}

/** What more there is to say, depending on the sense key, SPC-4 4.5.2.4. */
export interface SenseKeySpecific {
  /** Which field of the command, or of the data sent with it, the device did not like. */
  readonly fieldPointer?: FieldPointer;
  /** How much of a long operation is done, from 0 up to 1. */
  readonly progress?: number;
  /** How often the device tried before it gave up. */
  readonly retries?: number;
}

export interface FieldPointer {
  readonly in: "CDB" | "data";
  /** The first byte of the field. */
  readonly byte: number;
  /** Its most significant bit, where the device tells. */
  readonly bit?: number;
}

/** Both formats begin so. */
const responseCode = layout(1, { code: bits(0, 0x7f) });

/** Fixed format up to the sense key, which is all that a device must send, SPC-4 4.5.3. */
const fixedHeader = layout(3, {
  valid: flag(0, 0x80),
  filemark: flag(2, 0x80),
  endOfMedium: flag(2, 0x40),
  incorrectLength: flag(2, 0x20),
  senseKey: bits(2, 0x0f),
});
const fixedInformation = layout(8, {
  information: bits(3, 0xffff_ffff),
  additionalLength: bits(7, 0xff),
});
const fixedAdditionalSense = layout(14, { asc: bits(12, 0xff), ascq: bits(13, 0xff) });
const fixedSenseKeySpecificOffset = 15;

/** Descriptor format, SPC-4 4.5.2. */
const descriptorHeader = layout(8, {
  senseKey: bits(1, 0x0f),
  asc: bits(2, 0xff),
  ascq: bits(3, 0xff),
  additionalLength: bits(7, 0xff),
});
const informationDescriptor = layout(12, {
  valid: flag(2, 0x80),
  high: bits(4, 0xffff_ffff),
  low: bits(8, 0xffff_ffff),
});
const senseKeySpecificDescriptorOffset = 4;
const streamDescriptor = layout(4, {
  filemark: flag(3, 0x80),
  endOfMedium: flag(3, 0x40),
  incorrectLength: flag(3, 0x20),
});
const blockDescriptor = layout(4, { incorrectLength: flag(3, 0x20) });

const senseKeySpecific = layout(3, {
  valid: flag(0, 0x80),
  inCdb: flag(0, 0x40),
  bitPointerValid: flag(0, 0x08),
  bitPointer: bits(0, 0x07),
  value: bits(1, 0xffff),
});

/**
 * Reads sense data of either format, current or deferred. What the device did not send, or says that
 * it did not send, counts as zero, as SPC-4 4.5.3 has it. Throws `MalformedResponseError` where the
 * bytes are of neither format or end before the sense key.
 */
export function decodeSense(data: Uint8Array): Sense {
  const { code } = responseCode.unpack(data, "sense data");
  switch (code) {
    case 0x70:
    case 0x71:
      return decodeFixed(data, code === 0x71);
    case 0x72:
    case 0x73:
      return decodeDescriptors(data, code === 0x73);
    default:
      throw new MalformedResponseError("sense data", 0, `response code ${code} is of no format`);
  }
}

function decodeFixed(received: Uint8Array, deferred: boolean): Sense {
  const { valid, senseKey, ...flags } = fixedHeader.unpack(received, "sense data");
  let data = received;
  let information: number | undefined;
  if (data.length >= fixedInformation.length) {
    const fields = fixedInformation.unpack(data, "sense data");
    data = data.subarray(0, fixedInformation.length + fields.additionalLength);
    information = fields.information;
  }
  const { asc, ascq } =
    data.length >= fixedAdditionalSense.length
      ? fixedAdditionalSense.unpack(data, "sense data")
      : { asc: data[12] ?? 0, ascq: 0 };
  return {
    deferred,
    ...describe(senseKey, asc, ascq),
    valid: valid && information !== undefined,
    ...(valid && information !== undefined && { information }),
    ...flags,
    ...decodeSenseKeySpecific(senseKey, data.subarray(fixedSenseKeySpecificOffset)),
  };
}

function decodeDescriptors(received: Uint8Array, deferred: boolean): Sense {
  const header = descriptorHeader.unpack(received, "sense data");
  const { senseKey, asc, ascq } = header;
  let sense: Sense = {
    deferred,
    ...describe(senseKey, asc, ascq),
    valid: false,
    filemark: false,
    endOfMedium: false,
    incorrectLength: false,
  };
  const end = descriptorHeader.length + header.additionalLength;
  for (const descriptor of descriptorsOf(received.subarray(descriptorHeader.length, end))) {
    sense = { ...sense, ...decodeDescriptor(senseKey, descriptor) };
  }
  return sense;
}

/** The descriptors that came whole. */
function* descriptorsOf(data: Uint8Array): Generator<Uint8Array> {
  let offset = 0;
  for (;;) {
    const additionalLength = data[offset + 1];
    if (additionalLength === undefined) return;
    const end = offset + 2 + additionalLength;
    if (end > data.length) return;
    yield data.subarray(offset, end);
    offset = end;
  }
}

function decodeDescriptor(senseKey: number, descriptor: Uint8Array): Partial<Sense> {
  const [type] = descriptor;
  if (type === 0x00 && descriptor.length >= informationDescriptor.length) {
    const { valid, high, low } = informationDescriptor.unpack(descriptor, "sense data");
    return valid ? { valid, information: joinWords(high, low) } : {};
  }
  if (type === 0x02) {
    const field = descriptor.subarray(senseKeySpecificDescriptorOffset);
    return decodeSenseKeySpecific(senseKey, field);
  }
  if (type === 0x04 && descriptor.length >= streamDescriptor.length) {
    return streamDescriptor.unpack(descriptor, "sense data");
  }
  if (type === 0x05 && descriptor.length >= blockDescriptor.length) {
    return blockDescriptor.unpack(descriptor, "sense data");
  }
  return {};
}

function decodeSenseKeySpecific(senseKey: number, data: Uint8Array): SenseKeySpecific {
  if (data.length < senseKeySpecific.length) return {};
  const { valid, inCdb, bitPointerValid, bitPointer, value } = senseKeySpecific.unpack(
    data,
    "sense data",
  );
  if (!valid) return {};
  switch (senseKey) {
    case senseKeys.illegalRequest:
      return {
        fieldPointer: {
          in: inCdb ? "CDB" : "data",
          byte: value,
          ...(bitPointerValid && { bit: bitPointer }),
        },
      };
    case senseKeys.noSense:
    case senseKeys.notReady:
      return { progress: value / 0x1_0000 };
    case senseKeys.recoveredError:
    case senseKeys.mediumError:
    case senseKeys.hardwareError:
      return { retries: value };
    default:
      return {};
  }
}

function describe(
  senseKey: number,
  asc: number,
  ascq: number,
): Pick<Sense, "senseKey" | "senseKeyName" | "asc" | "ascq" | "text"> {
  const senseKeyName = senseKeyNames[senseKey] ?? "RESERVED";
  return { senseKey, senseKeyName, asc, ascq, text: senseText(asc, ascq) };
}

function joinWords(high: number, low: number): number | bigint {
  const joined = (BigInt(high) << 32n) | BigInt(low);
  return joined <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(joined) : joined;
}
