import type { DriveDescription } from "../programs/drive-server.js";
import type { DriveServer } from "./drive-server.js";
import { output } from "./shell.js";
import { discDevice, genericDevice } from "./sysfs.js";
import { attachUsbIp, type AttachedDevice } from "./vhci.js";

/** A virtual drive in the hands of the kernel's drivers. */
export interface PluggedDrive extends AttachedDevice {
  /** The disc drive's node: `/dev/sr1`. */
  readonly disc: string;
  /** The SCSI generic node: `/dev/sg1`. */
  readonly generic: string;
}

/** Plugs a virtual drive in, and waits until the kernel knows it for a disc drive. */
export async function plugDrive(
  server: DriveServer,
  description: DriveDescription,
): Promise<PluggedDrive> {
  const attached = await attachUsbIp(await server.call("serve", description));
  try {
    const disc = await discDevice(attached.location);
    const generic = await genericDevice(attached.location);
    return {
      ...attached,
      disc,
      generic,
      async [Symbol.asyncDispose]() {
        // udev looks into what changed; a drive that is gone by then makes the kernel complain.
        await output("udevadm settle");
        await attached[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await attached[Symbol.asyncDispose]();
    throw error;
  }
}
