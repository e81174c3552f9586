export type {
  WebUsbAlternate,
  WebUsbConfiguration,
  WebUsbDevice,
  WebUsbEndpoint,
  WebUsbInResult,
  WebUsbInterface,
  WebUsbOutResult,
  WebUsbSetup,
} from "./device.js";
export { openWebUsb, type WebUsbOptions } from "./open.js";
