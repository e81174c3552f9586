/** What Node adds to it: drives by libusb and by USB/IP, and images in files. */
export * from "./browser.js";
export { ImagingError, type ImagingErrorCode } from "./imaging/errors.js";
export type { HashName, Hashes } from "./imaging/image-hashes.js";
export { formatMapFile, parseMapFile, type MapFile } from "./imaging/map-file.js";
export {
  rescueDisc,
  type RescueDiscOptions,
  type RescueResult,
  type RescueSummary,
} from "./imaging/rescue-disc.js";
export {
  RescueMap,
  type BlockStatus,
  type Extent,
  type StatusSummary,
} from "./imaging/rescue-map.js";
export * from "./usb/libusb/index.js";
export * from "./usb/usbip/index.js";
