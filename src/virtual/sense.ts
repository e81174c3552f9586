import { be16, be32, bytes } from "./bytes.js";

/** Why a command failed, before it is encoded as sense data (SPC-4 4.5). */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
  /** The INFORMATION field: for a read, the logical block that failed. */
  readonly information?: number;
  /** The byte of the CDB or of the parameter list that was refused (SPC-4). */
  readonly field?: FieldPointer;
}

export interface FieldPointer {
  readonly in: "cdb" | "parameters";
  readonly byte: number;
  /** The most significant bit of the field; absent when the whole byte is meant. */
  readonly bit?: number;
}

const sense = (key: number, asc: number, ascq: number): Sense => ({ key, asc, ascq });

export const noSense = sense(0x0, 0x00, 0x00);
export const becomingReady = sense(0x2, 0x04, 0x01);
export const noMediumTrayClosed = sense(0x2, 0x3a, 0x01);
export const noMediumTrayOpen = sense(0x2, 0x3a, 0x02);
export const logicalUnitFailure = sense(0x4, 0x3e, 0x01);
export const incompatibleMedium = sense(0x5, 0x30, 0x02);
export const parameterListLengthError = sense(0x5, 0x1a, 0x00);
export const invalidOperationCode = sense(0x5, 0x20, 0x00);
export const commandSequenceError = sense(0x5, 0x2c, 0x00);
export const savingNotSupported = sense(0x5, 0x39, 0x00);
export const removalPrevented = sense(0x5, 0x53, 0x02);
export const noAgidFree = sense(0x5, 0x55, 0x00);
export const authenticationFailure = sense(0x5, 0x6f, 0x00);
export const keyNotPresent = sense(0x5, 0x6f, 0x01);
export const keyNotEstablished = sense(0x5, 0x6f, 0x02);
export const regionMismatch = sense(0x5, 0x6f, 0x04);
export const regionChangesExhausted = sense(0x5, 0x6f, 0x05);
export const mediumMayHaveChanged = sense(0x6, 0x28, 0x00);
export const powerOnOrReset = sense(0x6, 0x29, 0x00);
export const parametersChanged = sense(0x6, 0x2a, 0x00);

export const unrecoveredReadError = (lba: number): Sense => ({
  ...sense(0x3, 0x11, 0x00),
  information: lba,
});

export const lbaOutOfRange = (lba: number): Sense => ({
  ...sense(0x5, 0x21, 0x00),
  information: lba,
});

/** Read of a scrambled sector without authentication. */
export const scrambledSector = (lba: number): Sense => ({
  ...sense(0x5, 0x6f, 0x03),
  information: lba,
});

export const blankCheck = (lba: number): Sense => ({
  ...sense(0x8, 0x00, 0x00),
  information: lba,
});

export function invalidFieldInCdb(byte: number, bit?: number): Sense {
  return { ...sense(0x5, 0x24, 0x00), field: fieldPointer("cdb", byte, bit) };
}

export function invalidFieldInParameters(byte: number, bit?: number): Sense {
  return { ...sense(0x5, 0x26, 0x00), field: fieldPointer("parameters", byte, bit) };
}

function fieldPointer(where: FieldPointer["in"], byte: number, bit?: number): FieldPointer {
  return { in: where, byte, ...(bit !== undefined && { bit }) };
}

/** 18 bytes of fixed-format sense data (SPC-4 4.5.3). */
export function fixedSense({ key, asc, ascq, information, field }: Sense): Uint8Array {
  const valid = information === undefined ? 0x00 : 0x80;
  const specific = keySpecific(field);
  return bytes(
    [valid | 0x70, 0, key],
    be32(information ?? 0),
    18 - 8,
    be32(0),
    [asc, ascq, 0],
    specific,
  );
}

/** Descriptor-format sense data, 8 bytes and the descriptors there is something to say in (4.5.2). */
export function descriptorSense({ key, asc, ascq, information, field }: Sense): Uint8Array {
  const informationDescriptor =
    information === undefined ? [] : [0x00, 0x0a, 0x80, 0, ...be32(0), ...be32(information)];
  const fieldDescriptor = field ? [0x02, 0x06, 0, 0, ...keySpecific(field), 0] : [];
  const length = informationDescriptor.length + fieldDescriptor.length;
  return bytes([0x72, key, asc, ascq, 0, 0, 0, length], informationDescriptor, fieldDescriptor);
}

/** The three bytes of SENSE KEY SPECIFIC: SKSV, C/D, BPV, bit pointer, field pointer. */
function keySpecific(field: FieldPointer | undefined): readonly number[] {
  if (!field) return [0, 0, 0];
  const inCdb = field.in === "cdb" ? 0x40 : 0x00;
  const bitPointer = field.bit === undefined ? 0x00 : 0x08 | field.bit;
  return [0x80 | inCdb | bitPointer, ...be16(field.byte)];
}
