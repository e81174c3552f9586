export type { Capabilities } from "./capabilities.js";
export type { ReadRange } from "./disc-reader.js";
export { DriveError, type DriveErrorCode } from "./errors.js";
export { isSameDrive, type DriveIdentity } from "./identity.js";
export type { Medium, MediumKind } from "./medium.js";
export {
  OpticalDrive,
  type AttachOptions,
  type OpenOptions,
  type OpticalDriveEvents,
} from "./optical-drive.js";
export type { Presence } from "./presence.js";
