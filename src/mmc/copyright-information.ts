import { bits, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";

/** Format 01h, MMC-6 6.22, DVD copyright information. */
const copyrightInformation = layout(2, {
  protection: bits(0, 0xff),
  regionMask: bits(1, 0xff),
});

const protectionSystems = {
  0x00: "none",
  0x01: "CSS or CPPM",
  0x02: "CPRM",
  0x03: "AACS with HD DVD",
  0x10: "AACS with BD",
} as const;

export interface CopyrightInformation {
  readonly protection: CodedValue<(typeof protectionSystems)[keyof typeof protectionSystems]>;
  /** Bit 0 is region 1; a set bit means that the disc does not play there. */
  readonly regionMask: number;
  /** The regions that the disc plays in, of 1 to 8. */
  readonly regions: readonly number[];
}

export function decodeCopyrightInformation(data: Uint8Array): CopyrightInformation {
  const { protection, regionMask } = copyrightInformation.unpack(data, "copyright information");
  return {
    protection: codedValue(protectionSystems, protection),
    regionMask,
    regions: playableRegions(regionMask),
  };
}

/** The regions, of 1 to 8, whose bit in a region mask is zero. */
export function playableRegions(regionMask: number): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].filter((region) => (regionMask & (1 << (region - 1))) === 0);
}
