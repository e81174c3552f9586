import { WebUSB } from "usb3";

import { runMatrixInGuest } from "./support/matrix-bench.js";
import { openVirtualDrive } from "./support/open-webusb.js";

const webusb = new WebUSB({ allowAllDevices: true });

runMatrixInGuest({
  name: "npm usb 3",
  losesPartialData: true,
  open: () => openVirtualDrive(webusb),
});
