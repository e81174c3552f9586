/** What Node adds to it: drives by libusb and by USB/IP, and images in files. */
export * from "./browser.js";
export { ImagingError, type ImagingErrorCode } from "./imaging/errors.js";
export { writeImage, type ImageOptions, type ImageResult } from "./imaging/image-file.js";
export * from "./usb/libusb/index.js";
export * from "./usb/usbip/index.js";
