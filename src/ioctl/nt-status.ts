/** The NTSTATUS values that `DvdDevice` answers with, by their names in ntstatus.h. */
export const ntStatus = {
  STATUS_SUCCESS: 0x0000_0000,
  STATUS_NO_DATA_DETECTED: 0x8000_0022,
  STATUS_CLEANER_CARTRIDGE_INSTALLED: 0x8000_0027,
  STATUS_INVALID_PARAMETER: 0xc000_000d,
  STATUS_NO_SUCH_DEVICE: 0xc000_000e,
  STATUS_INVALID_DEVICE_REQUEST: 0xc000_0010,
  STATUS_NO_MEDIA_IN_DEVICE: 0xc000_0013,
  STATUS_UNRECOGNIZED_MEDIA: 0xc000_0014,
  STATUS_NONEXISTENT_SECTOR: 0xc000_0015,
  STATUS_BUFFER_TOO_SMALL: 0xc000_0023,
  STATUS_INSUFFICIENT_RESOURCES: 0xc000_009a,
  STATUS_DEVICE_DATA_ERROR: 0xc000_009c,
  STATUS_DEVICE_NOT_CONNECTED: 0xc000_009d,
  STATUS_MEDIA_WRITE_PROTECTED: 0xc000_00a2,
  STATUS_DEVICE_NOT_READY: 0xc000_00a3,
  STATUS_IO_TIMEOUT: 0xc000_00b5,
  STATUS_INVALID_BLOCK_LENGTH: 0xc000_0173,
  STATUS_IO_DEVICE_ERROR: 0xc000_0185,
  STATUS_COPY_PROTECTION_FAILURE: 0xc000_0305,
  STATUS_CSS_AUTHENTICATION_FAILURE: 0xc000_0306,
  STATUS_CSS_KEY_NOT_PRESENT: 0xc000_0307,
  STATUS_CSS_KEY_NOT_ESTABLISHED: 0xc000_0308,
  STATUS_CSS_SCRAMBLED_SECTOR: 0xc000_0309,
  STATUS_CSS_REGION_MISMATCH: 0xc000_030a,
  STATUS_CSS_RESETS_EXHAUSTED: 0xc000_030b,
} as const;

export type NtStatusName = keyof typeof ntStatus;
export type NtStatus = (typeof ntStatus)[NtStatusName];

/** The name of a status of `ntStatus`. */
export function ntStatusName(status: NtStatus): NtStatusName {
  const names = Object.keys(ntStatus) as NtStatusName[];
  const name = names.find((candidate) => ntStatus[candidate] === status);
  if (name === undefined) throw new RangeError(`${String(status)} is no status of this interface`);
  return name;
}
