import { bits, layout } from "../layout.js";

/** Command Status Wrapper, Bulk-Only Transport 1.0, 5.2. */
const commandStatusWrapper = layout(
  13,
  {
    signature: bits(0, 0xffffffff),
    tag: bits(4, 0xffffffff),
    dataResidue: bits(8, 0xffffffff),
    status: bits(12, 0xff),
  },
  "little-endian",
);

/** "USBS", least significant byte first. */
const signature = 0x53425355;

export const commandStatusWrapperLength = commandStatusWrapper.length;

/** bCSWStatus, Bulk-Only Transport 1.0, table 5.3. */
export const cswStatus = { passed: 0, failed: 1, phaseError: 2 } as const;

export interface CommandStatusWrapper {
  readonly tag: number;
  readonly dataResidue: number;
  readonly status: number;
}

/** The CSW that `data` is, if it is one at all: 13 bytes with the signature (6.3, "valid"). */
export function parseCommandStatusWrapper(data: Uint8Array): CommandStatusWrapper | undefined {
  if (data.length !== commandStatusWrapper.length) return undefined;
  const { signature: found, ...wrapper } = commandStatusWrapper.unpack(data, "CSW");
  return found === signature ? wrapper : undefined;
}
