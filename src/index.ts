/** What Node adds to it: drives by libusb and by USB/IP, and images in files. */
export * from "./browser.js";
export { ImagingError, type ImagingErrorCode } from "./imaging/errors.js";
export type { HashName, Hashes } from "./imaging/image-hashes.js";
export { formatMapFile, parseMapFile, type MapFile } from "./imaging/map-file.js";
export {
  rescueDisc,
  type RescueDiscOptions,
  type RescueProgress,
  type RescueResult,
} from "./imaging/rescue-disc.js";
export type { MissingPart, RescueSummary } from "./imaging/missing-parts.js";
export { copyFiles, type CopyFilesOptions, type CopyFilesResult } from "./imaging/copy-files.js";
export { saveSidecar, type SidecarFacts } from "./imaging/sidecar.js";
export type { ByteRange } from "./imaging/wanted-part.js";
export type { FileSystem, OpenFile } from "./imaging/file-system.js";
export type { SpeedSample } from "./imaging/speed-curve.js";
export { speedGraph, type SpeedGraphFacts } from "./imaging/speed-graph.js";
export {
  streamDisc,
  type BlockRange,
  type StreamDiscOptions,
  type StreamDiscResult,
} from "./imaging/stream-disc.js";
export {
  RescueMap,
  type BlockStatus,
  type Extent,
  type StatusSummary,
} from "./imaging/rescue-map.js";
export * from "./usb/libusb/index.js";
export * from "./usb/usbip/index.js";
