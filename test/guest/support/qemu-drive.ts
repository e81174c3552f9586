import type { DiscName } from "../disc.js";
import { monitor } from "./monitor.js";
import { usbLocation } from "./sysfs.js";
import { until } from "./until.js";

export const qemuDriveIds = { vendorId: 0x46f4, productId: 0x0001 };

/** Where QEMU's DVD drive is plugged in, for instance `3-1`. The guest starts with it. */
export async function qemuDriveLocation(): Promise<string> {
  return until("DVD drive of QEMU's on the bus", () => usbLocation(qemuDriveIds));
}

/** Opens the tray by hand, puts another disc in, or none, and closes it. */
export function loadQemuDrive(disc: DiscName | undefined): void {
  monitor("blockdev-open-tray", { id: "drive", force: true });
  monitor("blockdev-remove-medium", { id: "drive" });
  if (disc !== undefined) monitor("blockdev-insert-medium", { id: "drive", "node-name": disc });
  monitor("blockdev-close-tray", { id: "drive" });
}

/** Pulls the drive's plug. */
export function unplugQemuDrive(): void {
  monitor("device_del", { id: "bot" });
}

/** Plugs the drive in again, with a disc in it, and returns where it now is. */
export async function plugQemuDrive(disc: DiscName): Promise<string> {
  monitor("device_add", { driver: "usb-bot", id: "bot", bus: "usb.0" });
  monitor("device_add", { driver: "scsi-cd", id: "drive", bus: "bot.0", drive: disc });
  // The drive stays off the bus until its logical unit is there.
  monitor("qom-set", { path: "/machine/peripheral/bot", property: "attached", value: true });
  return qemuDriveLocation();
}
