export * from "./index.js";
export { isoFileDisc, type IsoFileDisc } from "./iso-file.js";
export { regionFile, type RegionFileOptions } from "./region-file.js";
export {
  UsbIpServer,
  USBIP_PORT,
  type ListenOptions,
  type UsbIpServerOptions,
} from "./usbip/server.js";
export { UsbIpServerError } from "./usbip/errors.js";
