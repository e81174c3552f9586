export {
  modeSenseCapabilities,
  type DriveCapabilities,
  type PageWriteSpeed,
} from "./capabilities-page.js";
export { playableRegions, type CopyrightInformation } from "./copyright-information.js";
export type {
  DeviceBusyEvent,
  DriveEvent,
  ExternalRequestEvent,
  MediaEvent,
  OperationalChangeEvent,
  OtherEvent,
  PowerManagementEvent,
} from "./drive-event.js";
export type { EventClass } from "./event-class.js";
export { findFeature, type Feature, type KnownFeature, type UnknownFeature } from "./feature.js";
export type { FeatureFields, FeatureKind, ProfileListEntry } from "./feature-data.js";
export { featureNames } from "./feature-names.js";
export {
  getConfiguration,
  type Configuration,
  type GetConfigurationOptions,
} from "./get-configuration.js";
export { getEventStatusNotification, type EventStatus } from "./get-event-status-notification.js";
export {
  getNominalPerformance,
  getWriteSpeeds,
  type NominalPerformance,
  type WriteSpeed,
} from "./get-performance.js";
export { keyClasses, keyLengths, type KeyClassOption } from "./key-exchange.js";
export type { LoadingMechanism } from "./loading-mechanism.js";
export { mechanismStatus, type MechanismStatus, type SlotStatus } from "./mechanism-status.js";
export type { PhysicalFormat } from "./physical-format.js";
export { profile, profileNames, type ProfileName } from "./profile.js";
export { readDiscInformation, type DiscInformation } from "./read-disc-information.js";
export {
  discStructureFormats,
  readBurstCuttingArea,
  readCopyrightInformation,
  readDiscKey,
  readDiscStructure,
  readDiscStructureList,
  readManufacturerInformation,
  readPhysicalFormat,
  type DiscStructureListEntry,
  type ReadDiscStructureOptions,
} from "./read-disc-structure.js";
export {
  readRawToc,
  readSessionInfo,
  readSessionInfoMsf,
  readToc,
  readTocMsf,
  type Msf,
  type RawToc,
  type RawTocEntry,
  type SessionInfo,
  type Toc,
  type TocTrack,
} from "./read-toc.js";
export { readTrackInformation, type TrackInformation } from "./read-track-information.js";
export {
  reportAgid,
  reportAuthenticationSuccess,
  reportChallenge,
  reportInvalidateAgid,
  reportKey1,
  reportRawKey,
  reportRpcState,
  reportTitleKey,
  type ReportKeyOptions,
  type RpcState,
  type TitleKey,
} from "./report-key.js";
export {
  sendChallenge,
  sendInvalidateAgid,
  sendKey2,
  sendRawKey,
  sendRpcRegion,
  type SendKeyOptions,
} from "./send-key.js";
export { setReadAhead } from "./set-read-ahead.js";
export { maximumCdSpeed, setCdSpeed, setStreaming, type StreamingPerformance } from "./speed.js";
