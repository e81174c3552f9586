/** What runs anywhere: in Node, in Electron and in browsers. */
export { MalformedResponseError, UsbDvdError } from "./errors.js";
export type * from "./usb/connection.js";
export * from "./usb/errors.js";
export { matchesLocator } from "./usb/locator.js";
export * from "./usb/webusb/index.js";
export {
  BulkOnlyTransport,
  type BulkOnlyTransportOptions,
} from "./transport/bulk-only-transport.js";
export type * from "./transport/command-transport.js";
export { TransportError, type TransportErrorCode } from "./transport/errors.js";
export { parseQuirks, QuirkError, type BridgeQuirks, type QuirkTable } from "./transport/quirks.js";
export * from "./scsi/index.js";
export * from "./mmc/index.js";
export * from "./keys/index.js";
export * from "./drive/index.js";
export * from "./ioctl/index.js";
export * from "./volume/index.js";
export * from "./trace/index.js";
