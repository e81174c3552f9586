import { findFeature } from "../mmc/feature.js";
import { getConfiguration } from "../mmc/get-configuration.js";
import type { Inquiry } from "../scsi/inquiry.js";
import type { UsbDeviceInfo } from "../usb/connection.js";
import { executeIfSupported, type Executor } from "../scsi/executor.js";
import { formatIds } from "../usb/locator.js";

/** Which drive this is. */
export interface DriveIdentity {
  readonly vendor: string;
  readonly product: string;
  /** The firmware's revision. */
  readonly revision: string;
  /** The drive's own, or else that of the bridge in front of it. */
  readonly serialNumber?: string;
  /** The bridge, as the USB knows it. */
  readonly usb: UsbDeviceInfo;
}

/**
 * Whether two identities are the same drive's, for instance before it was unplugged and after it was
 * plugged in again, in whatever port. Drives without a serial number are told apart by their port only.
 */
export function isSameDrive(one: DriveIdentity, other: DriveIdentity): boolean {
  const isSameModel =
    one.vendor === other.vendor &&
    one.product === other.product &&
    formatIds(one.usb) === formatIds(other.usb);
  if (!isSameModel || one.serialNumber !== other.serialNumber) return false;
  return one.serialNumber !== undefined || one.usb.location === other.usb.location;
}

const driveSerialNumberFeature = 0x0108;

/**
 * Completes what INQUIRY said. The serial number comes from the feature of that name, and not from
 * vital product data, at which some bridges hang.
 */
export async function readIdentity(
  executor: Executor,
  inquiry: Inquiry,
  usb: UsbDeviceInfo,
): Promise<DriveIdentity> {
  const configuration = await executeIfSupported(
    executor,
    getConfiguration({ features: "one", startingFeature: driveSerialNumberFeature }),
  );
  const feature = configuration && findFeature(configuration.features, "driveSerialNumber");
  const serialNumber = feature?.fields.serialNumber ?? usb.serialNumber;
  return {
    vendor: inquiry.vendorId,
    product: inquiry.productId,
    revision: inquiry.productRevision,
    ...(serialNumber !== undefined && serialNumber !== "" && { serialNumber }),
    usb,
  };
}
