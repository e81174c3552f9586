import { WebUSB } from "usb";

import { openWebUsb } from "../../src/usb/webusb/index.js";
import { runMatrixInGuest, virtualDriveIds } from "./support/matrix-bench.js";
import { until } from "./support/until.js";

const { vendorId, productId } = virtualDriveIds;
// More than one in a process close each other's devices.
const webusb = new WebUSB({ allowAllDevices: true });

runMatrixInGuest({
  name: "the WebUSB face of npm usb 2",
  async open() {
    const device = await until("drive that WebUSB knows of", async () =>
      (await webusb.getDevices()).find(
        (other) => other.vendorId === vendorId && other.productId === productId,
      ),
    );
    return openWebUsb(device);
  },
});
