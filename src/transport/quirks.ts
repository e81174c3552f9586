import type { UsbDeviceInfo } from "../usb/connection.js";
import { formatIds } from "../usb/locator.js";

/** What a bridge between the USB and a drive gets wrong, and what to do about it. */
export interface BridgeQuirks {
  /** The residue in its CSW is not to be believed; what came is what counts. */
  readonly ignoreResidue?: boolean;
  /** It needs 125 microseconds between the CBW and the data phase. */
  readonly goSlow?: boolean;
  /** It loses a status transfer that is queued before the data phase has ended. */
  readonly noQueuedStatus?: boolean;
  /** It cannot move more than this many bytes a command. */
  readonly maxTransferBytes?: number;
}

/** By vendor and product id, as far as optical drives are behind them. */
const knownBridges: Readonly<Record<string, BridgeQuirks>> = {
  // From the Linux kernel's drivers/usb/storage/unusual_devs.h.
  "059f:0643": { goSlow: true }, // LaCie DVD+-RW
  "05e3:0701": { goSlow: true, maxTransferBytes: 32 * 1024 }, // Genesys Logic USB to IDE, optical
  "067b:3507": { goSlow: true }, // Prolific PL-3507
  "13fd:3609": { ignoreResidue: true }, // Initio INIC-3609
  "152d:2329": { ignoreResidue: true }, // JMicron JM20329
  // QEMU's usb-bot and usb-storage: seen with 7.2.
  "46f4:0001": { noQueuedStatus: true },
};

/** What is known to be wrong with a device; empty for most. */
export function quirksOf(device: UsbDeviceInfo): BridgeQuirks {
  return knownBridges[formatIds(device)] ?? {};
}
