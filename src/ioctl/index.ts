export { ioControlCodes } from "./control-codes.js";
export {
  dvdCopyProtectKey,
  dvdKeyLengths,
  dvdKeyTypes,
  type DvdCopyProtectKey,
} from "./copy-protect-key.js";
export { DvdDevice, type DvdDeviceDrive, type DvdDeviceOptions } from "./dvd-device.js";
export { StructureError } from "./errors.js";
export { failureStatus } from "./failure-status.js";
export type { IoControlResult } from "./io-control.js";
export { ntStatus, ntStatusName, type NtStatus, type NtStatusName } from "./nt-status.js";
export type { Structure } from "./structure.js";
export {
  dvdAsf,
  dvdCopyrightDescriptor,
  dvdDescriptorHeader,
  dvdEndAllSessions,
  dvdLayerDescriptor,
  dvdReadStructure,
  dvdRegion,
  dvdRpcKey,
  dvdSessionId,
  dvdSetRpcKey,
  storageSetReadAhead,
} from "./structures.js";
