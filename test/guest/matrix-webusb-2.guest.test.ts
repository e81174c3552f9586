import { WebUSB } from "usb";

import { runMatrixInGuest } from "./support/matrix-bench.js";
import { openVirtualDrive } from "./support/open-webusb.js";

// More than one in a process close each other's devices.
const webusb = new WebUSB({ allowAllDevices: true });

runMatrixInGuest({
  name: "the WebUSB face of npm usb 2",
  losesPartialData: true,
  open: () => openVirtualDrive(webusb),
});
