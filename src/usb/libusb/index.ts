export type { UsbDriveCandidate } from "./candidate.js";
export { listUsbDrives } from "./discovery.js";
export { UsbHotplug, type UsbHotplugEvents } from "./hotplug.js";
export type { KernelUnit } from "./linux-sysfs.js";
