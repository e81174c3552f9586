import { bits, flag, layout, text } from "../layout.js";
import { commandIn, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";

/** INQUIRY, SPC-4 6.6. */
export const inquiryCdb = layout(6, {
  operationCode: bits(0, 0xff),
  enableVitalProductData: flag(1, 0x01),
  pageCode: bits(2, 0xff),
  allocationLength: bits(3, 0xffff),
});

/** Standard INQUIRY data, SPC-4 6.6.2, as far as every device has it. */
const standardInquiryData = layout(36, {
  peripheralQualifier: bits(0, 0xe0),
  peripheralDeviceType: bits(0, 0x1f),
  removableMedium: flag(1, 0x80),
  version: bits(2, 0xff),
  responseDataFormat: bits(3, 0x0f),
  additionalLength: bits(4, 0xff),
  vendorId: text(8, 8),
  productId: text(16, 16),
  productRevision: text(32, 4),
});

/** Who a logical unit says it is. */
export interface Inquiry {
  /** 0 where a device of the given type is there; 1 and 3 where it is not (SPC-4 table 175). */
  readonly peripheralQualifier: number;
  /** 5 for an optical drive (SPC-4 table 176). */
  readonly peripheralDeviceType: number;
  readonly removableMedium: boolean;
  /** The version of SPC that it follows; 0 where it claims none. */
  readonly version: number;
  readonly vendorId: string;
  readonly productId: string;
  readonly productRevision: string;
}

/** Asks a logical unit who it is: exactly 36 bytes, since some bridges hang when asked for others. */
export function inquiry(): Command<Inquiry> {
  const { length } = standardInquiryData;
  const cdb = inquiryCdb.pack({ operationCode: 0x12, allocationLength: length });
  return commandIn("INQUIRY", cdb, length, decodeInquiry, { timeoutMs: informationalTimeoutMs });
}

function decodeInquiry(data: Uint8Array): Inquiry {
  const { responseDataFormat, additionalLength, ...identity } = standardInquiryData.unpack(
    data,
    "INQUIRY data",
  );
  return identity;
}
