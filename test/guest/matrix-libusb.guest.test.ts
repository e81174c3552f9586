import { listUsbDrives } from "../../src/usb/libusb/index.js";
import { runMatrixInGuest } from "./support/matrix-bench.js";
import { until } from "./support/until.js";

runMatrixInGuest({
  name: "libusb",
  async open(location) {
    const candidate = await until("drive that libusb knows of", async () =>
      (await listUsbDrives()).find(({ info }) => info.location === location),
    );
    return candidate.open();
  },
});
