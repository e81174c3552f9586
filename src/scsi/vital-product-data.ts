import { MalformedResponseError } from "../errors.js";
import { bits, flag, layout, text } from "../layout.js";
import { codedValue, type CodedValue } from "./coded-value.js";
import { commandIn, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";
import { inquiryCdb } from "./inquiry.js";

/** How every page of vital product data begins, SPC-4 7.8, Vital product data parameters. */
const pageHeader = layout(4, {
  peripheralDeviceType: bits(0, 0x1f),
  pageCode: bits(1, 0xff),
  pageLength: bits(2, 0xffff),
});

/** A designation descriptor's header, SPC-4 7.8, Device Identification VPD page. */
const designatorHeader = layout(4, {
  protocolIdentifier: bits(0, 0xf0),
  codeSet: bits(0, 0x0f),
  protocolIdentifierValid: flag(1, 0x80),
  association: bits(1, 0x30),
  designatorType: bits(1, 0x0f),
  designatorLength: bits(3, 0xff),
});

const codeSets = { 1: "binary", 2: "ASCII", 3: "UTF-8" } as const;

const associations = { 0: "logical unit", 1: "target port", 2: "target device" } as const;

const designatorTypes = {
  0x0: "vendor specific",
  0x1: "T10 vendor ID based",
  0x2: "EUI-64 based",
  0x3: "NAA",
  0x4: "relative target port identifier",
  0x5: "target port group",
  0x6: "logical unit group",
  0x7: "MD5 logical unit identifier",
  0x8: "SCSI name string",
  0x9: "protocol specific port identifier",
  0xa: "UUID",
} as const;

type NameIn<Table> = Table[keyof Table] & string;

/** One of a device's names. */
export interface Designator {
  readonly type: CodedValue<NameIn<typeof designatorTypes>>;
  /** What it is the name of. */
  readonly association: CodedValue<NameIn<typeof associations>>;
  readonly codeSet: CodedValue<NameIn<typeof codeSets>>;
  /** The protocol that the name belongs to, where the device says so (SPC-4 7.6.1). */
  readonly protocolIdentifier?: number;
  readonly bytes: Uint8Array;
  /** `bytes` as text, where the code set is one of text. */
  readonly text?: string;
}

/** Asks which pages of vital product data there are: page 00h. */
export function inquirySupportedPages(allocationLength = 0xff): Command<readonly number[]> {
  return inquiryPage(0x00, allocationLength, (body) => [...body]);
}

/** Asks for the unit's serial number: page 80h. Empty where the unit has none. */
export function inquiryUnitSerialNumber(allocationLength = 0xff): Command<string> {
  return inquiryPage(0x80, allocationLength, readText);
}

/** Asks for all names of the device and its units: page 83h. */
export function inquiryDeviceIdentification(
  allocationLength = 0xff,
): Command<readonly Designator[]> {
  return inquiryPage(0x83, allocationLength, decodeDesignators);
}

function inquiryPage<Reply>(
  pageCode: number,
  allocationLength: number,
  decodeBody: (body: Uint8Array) => Reply,
): Command<Reply> {
  const cdb = inquiryCdb.pack({
    operationCode: 0x12,
    enableVitalProductData: true,
    pageCode,
    allocationLength,
  });
  const decode = (data: Uint8Array): Reply => {
    const header = pageHeader.unpack(data, "vital product data");
    if (header.pageCode !== pageCode) {
      throw new MalformedResponseError(
        "vital product data",
        1,
        `page ${header.pageCode} came in place of ${pageCode}`,
      );
    }
    return decodeBody(data.subarray(pageHeader.length, pageHeader.length + header.pageLength));
  };
  return commandIn("INQUIRY", cdb, allocationLength, decode, { timeoutMs: informationalTimeoutMs });
}

function decodeDesignators(body: Uint8Array): Designator[] {
  const designators: Designator[] = [];
  let offset = 0;
  // A designator that the allocation length has cut is no name: it is left out.
  while (offset + designatorHeader.length <= body.length) {
    const header = designatorHeader.unpack(body, "designation descriptor", offset);
    const start = offset + designatorHeader.length;
    offset = start + header.designatorLength;
    if (offset > body.length) break;
    const bytes = body.subarray(start, offset);
    const codeSet = codedValue(codeSets, header.codeSet);
    designators.push({
      type: codedValue(designatorTypes, header.designatorType),
      association: codedValue(associations, header.association),
      codeSet,
      ...(header.protocolIdentifierValid && { protocolIdentifier: header.protocolIdentifier }),
      bytes,
      ...(codeSet.name === "ASCII" && { text: readText(bytes) }),
      ...(codeSet.name === "UTF-8" && { text: readUtf8(bytes) }),
    });
  }
  return designators;
}

function readText(bytes: Uint8Array): string {
  return layout(bytes.length, { value: text(0, bytes.length) }).unpack(bytes, "text").value;
}

function readUtf8(bytes: Uint8Array): string {
  // Padded with NULs, SPC-4 4.4.2.
  return new TextDecoder().decode(bytes).replace(/\0+$/, "");
}
