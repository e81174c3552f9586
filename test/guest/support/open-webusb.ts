import type { UsbConnection } from "../../../src/usb/connection.js";
import { openWebUsb, type WebUsbDevice } from "../../../src/usb/webusb/index.js";
import { until } from "./until.js";

/** What a virtual drive calls itself on the bus. */
const { vendorId, productId } = { vendorId: 0x1209, productId: 0x0001 };

/**
 * Opens the virtual drive through `navigator.usb`, as npm `usb` has it. For a moment after a drive was
 * unplugged and plugged in again, the list still has the one that has gone.
 */
export function openVirtualDrive(webusb: {
  getDevices(): Promise<WebUsbDevice[]>;
}): Promise<UsbConnection> {
  return until("drive that WebUSB can open", async () => {
    for (const device of await webusb.getDevices()) {
      if (device.vendorId !== vendorId || device.productId !== productId) continue;
      const connection = await openWebUsb(device).catch(() => undefined);
      if (connection) return connection;
    }
    return undefined;
  });
}
