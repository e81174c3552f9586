import { WebUSB } from "usb3";

import { openWebUsb } from "../../src/usb/webusb/index.js";
import { runMatrixInGuest, virtualDriveIds } from "./support/matrix-bench.js";
import { until } from "./support/until.js";

const { vendorId, productId } = virtualDriveIds;
const webusb = new WebUSB({ allowAllDevices: true });

runMatrixInGuest({
  name: "npm usb 3",
  losesPartialData: true,
  async open() {
    const device = await until("drive that WebUSB knows of", async () =>
      (await webusb.getDevices()).find(
        (other) => other.vendorId === vendorId && other.productId === productId,
      ),
    );
    return openWebUsb(device);
  },
});
