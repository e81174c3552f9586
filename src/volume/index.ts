export type { BlockSource } from "./block-source.js";
export type { ContentPiece, Volume, VolumeEntry, VolumeFormat } from "./entry.js";
export { VolumeError, type VolumeErrorCode } from "./errors.js";
export { openVolume, volumeFormats, type OpenVolumeOptions } from "./open-volume.js";
export { readContent } from "./read-content.js";
export { findEntry, walk, type FoundEntry, type WalkStep } from "./walk.js";
