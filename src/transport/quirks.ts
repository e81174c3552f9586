import { UsbDvdError } from "../errors.js";
import type { UsbDeviceInfo } from "../usb/connection.js";
import { formatIds } from "../usb/locator.js";

/** What a bridge between the USB and a drive gets wrong, and what to do about it. */
export interface BridgeQuirks {
  /** The residue in its CSW is not to be believed; what came is what counts. */
  readonly ignoreResidue?: boolean;
  /** The tag in its CSW is not to be believed. */
  readonly ignoreTag?: boolean;
  /** It needs 125 microseconds between the CBW and the data phase. */
  readonly goSlow?: boolean;
  /** It loses a status transfer that is queued before the data phase has ended. */
  readonly noQueuedStatus?: boolean;
  /** It cannot move more than this many bytes a command. */
  readonly maxTransferBytes?: number;
  /** It has one logical unit, whatever it says. */
  readonly singleLun?: boolean;
  /** It can be asked for more than the 18 bytes of sense data that all others bear. */
  readonly saneSense?: boolean;
  /** READ CAPACITY tells of one block too many. */
  readonly fixCapacity?: boolean;
  /** It does nothing before it has had Apple's vendor command EAh. */
  readonly wakeUp?: boolean;
}

/** By vendor and product id: `152d:2329`. */
export type QuirkTable = ReadonlyMap<string, BridgeQuirks>;

/** Quirks were given in words that mean nothing. */
export class QuirkError extends UsbDvdError {
  override readonly code = "UNKNOWN_QUIRK";
}

const kibibyte = 1024;

/** The letters are those of the Linux kernel's parameter usb-storage.quirks; the rest are ours. */
const flags: readonly { readonly names: readonly string[]; readonly quirks: BridgeQuirks }[] = [
  { names: ["a", "sane-sense"], quirks: { saneSense: true } },
  { names: ["c", "fix-capacity"], quirks: { fixCapacity: true } },
  { names: ["g", "max-sectors-240"], quirks: { maxTransferBytes: 120 * kibibyte } },
  { names: ["m", "max-sectors-64"], quirks: { maxTransferBytes: 32 * kibibyte } },
  { names: ["r", "ignore-residue"], quirks: { ignoreResidue: true } },
  { names: ["s", "single-lun"], quirks: { singleLun: true } },
  { names: ["go-slow"], quirks: { goSlow: true } },
  { names: ["ignore-tag"], quirks: { ignoreTag: true } },
  { names: ["no-queued-status"], quirks: { noQueuedStatus: true } },
  { names: ["wake-up"], quirks: { wakeUp: true } },
];

const quirksByName = new Map(
  flags.flatMap(({ names, quirks }) => names.map((name) => [name, quirks] as const)),
);

/**
 * Reads quirks in the manner of the kernel's `usb-storage.quirks`: `vid:pid:flags`, several with
 * commas between. Flags are letters (`ra`), or names with a plus between (`go-slow+max-sectors-64`);
 * none at all means that nothing is wrong with the device, whatever is known of it.
 *
 * Throws `QuirkError` for what does not exist.
 */
export function parseQuirks(text: string): QuirkTable {
  const table = new Map<string, BridgeQuirks>();
  for (const entry of text.split(",")) {
    const [, ids, given = ""] =
      /^([0-9a-f]{4}:[0-9a-f]{4}):([a-z0-9+-]*)$/i.exec(entry.trim()) ?? [];
    if (ids === undefined) {
      throw new QuirkError(
        `"${entry}" is no quirk: write vid:pid:flags, for instance 152d:2329:r.`,
      );
    }
    table.set(ids.toLowerCase(), parseFlags(given.toLowerCase()));
  }
  return table;
}

function parseFlags(text: string): BridgeQuirks {
  const names = text.split("+").flatMap((part) => (isName(part) ? [part] : part.split("")));
  return Object.assign({}, ...names.map(quirksNamed)) as BridgeQuirks;
}

const isName = (text: string): boolean => quirksByName.has(text) || text.includes("-");

function quirksNamed(name: string): BridgeQuirks {
  const quirks = quirksByName.get(name);
  if (quirks) return quirks;
  const known = flags.map(({ names }) => names.join(" or ")).join(", ");
  throw new QuirkError(`There is no quirk "${name}". There are: ${known}.`);
}

/** As far as optical drives are behind them. */
const knownBridges = parseQuirks(
  [
    // From the Linux kernel's drivers/usb/storage/unusual_devs.h.
    "059f:0643:go-slow", // LaCie DVD+-RW
    "05e3:0701:go-slow+m", // Genesys Logic USB to IDE, optical
    "067b:3507:go-slow+c", // Prolific PL-3507
    "13fd:3609:r", // Initio INIC-3609
    "152d:2329:ra", // JMicron JM20329
    // Apple's SuperDrive, as its owners on Linux have it.
    "05ac:1500:wake-up",
    // QEMU's usb-bot and usb-storage: seen with 7.2.
    "46f4:0001:no-queued-status",
  ].join(","),
);

/** What is known to be wrong with a device; empty for most. `overrides` knows better. */
export function quirksOf(device: UsbDeviceInfo, overrides?: QuirkTable): BridgeQuirks {
  const ids = formatIds(device);
  return overrides?.get(ids) ?? knownBridges.get(ids) ?? {};
}
