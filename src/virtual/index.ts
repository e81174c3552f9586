export type { DriveAuthenticator, HostAuthenticator } from "./authenticator.js";
export {
  BulkOnlyDevice,
  type BulkOnlyDeviceOptions,
  type BulkOnlyTarget,
} from "./bulk-only-device.js";
export type {
  BulkInOutcome,
  BulkOutOutcome,
  BulkStatus,
  PendingTransfer,
} from "./bulk-transfer.js";
export type { DriveIdentity } from "./command.js";
export type { ControlOutcome, SetupPacket } from "./control-endpoint.js";
export type { UsbIdentity, UsbSpeed } from "./descriptors.js";
export {
  blankDisc,
  BLOCK_BYTES,
  discFromBlob,
  discFromBytes,
  generatedDisc,
  type Copyright,
  type Disc,
  type DiscMedia,
  type DiscOptions,
  type TitleKey,
} from "./disc.js";
export {
  VirtualDrive,
  type DriveOddities,
  type ExecutedCommand,
  type VirtualDriveOptions,
} from "./drive.js";
export { DiscError, RegionFileError, type DiscErrorCode } from "./errors.js";
export type { Fault, FaultKind, FaultPhase, FaultRule } from "./faults/fault.js";
export { FaultScriptError, parseFaults } from "./faults/parse.js";
export { FaultScript, type FaultSource, type Strike } from "./faults/script.js";
export type { RegionState } from "./region.js";
export type { Reply, ScsiStatus } from "./reply.js";
export type { FieldPointer, Sense } from "./sense.js";
export { standInAuthenticator, type AuthenticatorPair } from "./stand-in-authenticator.js";
export type {
  VirtualAlternateInterface,
  VirtualConfiguration,
  VirtualEndpoint,
  VirtualInterface,
} from "./usb-configuration.js";
export {
  VirtualUsbDevice,
  type ControlTransferParameters,
  type InTransferResult,
  type OutTransferResult,
} from "./usb-device.js";
export { VirtualConnectionEvent, VirtualUsb } from "./virtual-usb.js";
