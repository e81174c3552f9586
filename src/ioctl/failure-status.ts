import { UsbDvdError } from "../errors.js";
import { isSenseError, SenseError } from "../scsi/sense-error.js";
import { senseKeys } from "../scsi/sense-key.js";
import { hexByte } from "../scsi/sense-text.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../usb/errors.js";
import { ntStatus, type NtStatus } from "./nt-status.js";

/** ASCQ of COPY PROTECTION KEY EXCHANGE FAILURE (6Fh) and its kin. */
const copyProtectionStatuses: Readonly<Record<number, NtStatus>> = {
  0x00: ntStatus.STATUS_CSS_AUTHENTICATION_FAILURE,
  0x01: ntStatus.STATUS_CSS_KEY_NOT_PRESENT,
  0x02: ntStatus.STATUS_CSS_KEY_NOT_ESTABLISHED,
  0x03: ntStatus.STATUS_CSS_SCRAMBLED_SECTOR,
  0x04: ntStatus.STATUS_CSS_REGION_MISMATCH,
  0x05: ntStatus.STATUS_CSS_RESETS_EXHAUSTED,
};

/** What the ASC alone, or with its ASCQ, says; the sense key then does not count. */
const additionalSenseStatuses: Readonly<Record<string, NtStatus>> = {
  "02/00": ntStatus.STATUS_DEVICE_DATA_ERROR,
  "04/03": ntStatus.STATUS_NO_MEDIA_IN_DEVICE,
  "04": ntStatus.STATUS_DEVICE_NOT_READY,
  "08/03": ntStatus.STATUS_IO_DEVICE_ERROR,
  "21": ntStatus.STATUS_NONEXISTENT_SECTOR,
  "24": ntStatus.STATUS_INVALID_DEVICE_REQUEST,
  "25": ntStatus.STATUS_NO_SUCH_DEVICE,
  "28": ntStatus.STATUS_IO_DEVICE_ERROR,
  "30/01": ntStatus.STATUS_UNRECOGNIZED_MEDIA,
  "30/02": ntStatus.STATUS_UNRECOGNIZED_MEDIA,
  "30/03": ntStatus.STATUS_CLEANER_CARTRIDGE_INSTALLED,
  "3A": ntStatus.STATUS_NO_MEDIA_IN_DEVICE,
  "3F": ntStatus.STATUS_IO_DEVICE_ERROR,
  "57/00": ntStatus.STATUS_UNRECOGNIZED_MEDIA,
  "5A/01": ntStatus.STATUS_IO_DEVICE_ERROR,
  "6F": ntStatus.STATUS_COPY_PROTECTION_FAILURE,
};

/** What the sense key says where the ASC says nothing; any other is STATUS_IO_DEVICE_ERROR. */
const senseKeyStatuses: Readonly<Record<number, NtStatus>> = {
  [senseKeys.notReady]: ntStatus.STATUS_DEVICE_NOT_READY,
  [senseKeys.mediumError]: ntStatus.STATUS_DEVICE_DATA_ERROR,
  [senseKeys.illegalRequest]: ntStatus.STATUS_INVALID_DEVICE_REQUEST,
  [senseKeys.dataProtect]: ntStatus.STATUS_MEDIA_WRITE_PROTECTED,
  [senseKeys.blankCheck]: ntStatus.STATUS_NO_DATA_DETECTED,
};

/**
 * The status that an error of the driver comes back with, or undefined where it is none of ours: a
 * fault of the program is to be thrown, and not hidden in a status.
 *
 * Sense data is mapped as the reference driver does it on a drive whose volume is not mounted, but
 * for two things: a drive that has no AGID left (05/55) is short of resources, and no sense data,
 * however mild, makes a success of a command that has brought no data.
 */
export function failureStatus(error: unknown): NtStatus | undefined {
  if (error instanceof SenseError) return senseStatus(error);
  if (error instanceof UsbDisconnectedError) return ntStatus.STATUS_DEVICE_NOT_CONNECTED;
  if (error instanceof UsbTimeoutError) return ntStatus.STATUS_IO_TIMEOUT;
  if (error instanceof UsbDvdError) return ntStatus.STATUS_IO_DEVICE_ERROR;
  if (isOutOfMemory(error)) return ntStatus.STATUS_INSUFFICIENT_RESOURCES;
  return undefined;
}

function senseStatus(error: SenseError): NtStatus {
  const { sense, asc, ascq } = error;
  if (isSenseError(error, "outOfResources")) return ntStatus.STATUS_INSUFFICIENT_RESOURCES;
  if (refusesRegionForMedium(error)) return ntStatus.STATUS_CSS_REGION_MISMATCH;
  const copyProtectionStatus = asc === 0x6f ? copyProtectionStatuses[ascq] : undefined;
  if (copyProtectionStatus !== undefined) return copyProtectionStatus;
  const additionalStatus =
    additionalSenseStatuses[`${hexByte(asc)}/${hexByte(ascq)}`] ??
    additionalSenseStatuses[hexByte(asc)];
  if (additionalStatus !== undefined) return additionalStatus;
  if (sense.senseKey === senseKeys.noSense && sense.incorrectLength) {
    return ntStatus.STATUS_INVALID_BLOCK_LENGTH;
  }
  return senseKeyStatuses[sense.senseKey] ?? ntStatus.STATUS_IO_DEVICE_ERROR;
}

/** SEND KEY of a region, refused since the disc is none of that region (05/30/02). */
function refusesRegionForMedium({ cdb, senseKey, asc, ascq }: SenseError): boolean {
  const sendsRegion = cdb[0] === 0xa3 && ((cdb[10] ?? 0) & 0x3f) === 0x06;
  return sendsRegion && senseKey === senseKeys.illegalRequest && asc === 0x30 && ascq === 0x02;
}

/** Engines have no type of its own for it, but all of them say it. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && /allocation|memory/i.test(error.message);
}
