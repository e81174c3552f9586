/** What Node adds to it: drives on the USB by libusb, and images in files. */
export * from "./browser.js";
export { ImagingError, type ImagingErrorCode } from "./imaging/errors.js";
export { writeImage, type ImageOptions, type ImageResult } from "./imaging/image-file.js";
export * from "./usb/libusb/index.js";
