export { defaultUsbIpPort, type UsbIpAddress, type UsbIpServerAddress } from "./address.js";
export { listUsbIpDrives, type UsbIpCandidate } from "./discovery.js";
export { openUsbIp } from "./open.js";
