import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "./command.js";
import { informationalTimeoutMs } from "./deadlines.js";

/** MODE SENSE (10), SPC-4, MODE SENSE (10) command. */
const modeSenseCdb = layout(10, {
  operationCode: bits(0, 0xff),
  disableBlockDescriptors: flag(1, 0x08),
  pageControl: bits(2, 0xc0),
  pageCode: bits(2, 0x3f),
  subpageCode: bits(3, 0xff),
  allocationLength: bits(7, 0xffff),
});

/** Mode parameter header (10), SPC-4 7.5, Mode parameter header formats. */
const modeParameterHeader = layout(8, {
  modeDataLength: bits(0, 0xffff),
  mediumType: bits(2, 0xff),
  deviceSpecificParameter: bits(3, 0xff),
  blockDescriptorLength: bits(6, 0xffff),
});

/** A mode page's header, SPC-4 7.5, Mode page and subpage formats: the short form, and that of a subpage. */
const pageHeader = layout(2, {
  savable: flag(0, 0x80),
  isSubpage: flag(0, 0x40),
  pageCode: bits(0, 0x3f),
  pageLength: bits(1, 0xff),
});
const subpageHeader = layout(4, { subpageCode: bits(1, 0xff), pageLength: bits(2, 0xffff) });

/** Which of its values a page is to show (page control, PC). */
const pageControls = { current: 0, changeable: 1, default: 2, saved: 3 } as const;

export interface ModeSenseOptions {
  readonly subpageCode?: number;
  readonly pageControl?: keyof typeof pageControls;
  /** Bytes that the drive may send. */
  readonly allocationLength?: number;
}

export interface ModePage {
  readonly pageCode: number;
  readonly subpageCode: number;
  /** Whether the drive can keep the page's values over a power cycle. */
  readonly savable: boolean;
  /** The page whole, its header included, so that offsets are those that the standards print. */
  readonly bytes: Uint8Array;
}

export interface ModeParameters {
  readonly mediumType: number;
  readonly deviceSpecificParameter: number;
  readonly blockDescriptors: Uint8Array;
  /** The last one is shorter than its header says where the allocation length has cut it. */
  readonly pages: readonly ModePage[];
}

/** Asks for every page there is. */
export const allModePages = 0x3f;

/** Asks for a mode page, or for all of them. Block descriptors are asked not to be sent. */
export function modeSense(
  pageCode: number,
  options: ModeSenseOptions = {},
): Command<ModeParameters> {
  const { subpageCode = 0, pageControl = "current", allocationLength = 512 } = options;
  const cdb = modeSenseCdb.pack({
    operationCode: 0x5a,
    disableBlockDescriptors: true,
    pageControl: pageControls[pageControl],
    pageCode,
    subpageCode,
    allocationLength,
  });
  return commandIn("MODE SENSE (10)", cdb, allocationLength, decodeModeParameters, {
    timeoutMs: informationalTimeoutMs,
  });
}

function decodeModeParameters(received: Uint8Array): ModeParameters {
  const header = modeParameterHeader.unpack(received, "mode parameters");
  const { mediumType, deviceSpecificParameter, blockDescriptorLength } = header;
  // The length counts what follows it.
  const data = received.subarray(0, 2 + header.modeDataLength);
  const pagesOffset = modeParameterHeader.length + blockDescriptorLength;
  return {
    mediumType,
    deviceSpecificParameter,
    blockDescriptors: data.subarray(modeParameterHeader.length, pagesOffset),
    pages: [...splitPages(data.subarray(pagesOffset))],
  };
}

function* splitPages(data: Uint8Array): Generator<ModePage> {
  let offset = 0;
  while (offset + pageHeader.length <= data.length) {
    const { savable, isSubpage, pageCode, pageLength } = pageHeader.unpack(
      data,
      "mode page",
      offset,
    );
    let subpageCode = 0;
    let length = pageHeader.length + pageLength;
    if (isSubpage) {
      if (offset + subpageHeader.length > data.length) return;
      const header = subpageHeader.unpack(data, "mode page", offset);
      subpageCode = header.subpageCode;
      length = subpageHeader.length + header.pageLength;
    }
    yield { pageCode, subpageCode, savable, bytes: data.subarray(offset, offset + length) };
    offset += length;
  }
}
