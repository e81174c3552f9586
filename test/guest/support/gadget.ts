import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { usbLocation } from "./sysfs.js";
import { until } from "./until.js";

const controller = "dummy_udc.0";
const gadget = "/sys/kernel/config/usb_gadget/dvd";
const functionFolder = join(gadget, "functions/mass_storage.0");
const logicalUnit = join(functionFolder, "lun.0");
const configuration = join(gadget, "configs/c.1");

export const gadgetIds = { vendorId: 0x1d6b, productId: 0x0104 };

export interface GadgetOptions {
  readonly speed: "high" | "super";
  /** The image in the drive; none if not given. The kernel shows at most 2.36 GB of it. */
  readonly image?: string;
  /** Whether it stalls where Bulk-Only Transport lets it; as a rule it does. */
  readonly stalls?: boolean;
}

export interface Gadget extends AsyncDisposable {
  /** Where it is plugged in, for instance `1-1`. */
  readonly location: string;
  /** Puts another disc in, or none. */
  load(image: string | undefined): void;
  /** Pulls the plug; plugged in again, it may have another location. */
  unplug(): void;
}

/**
 * Plugs in the Linux kernel's own USB CD-ROM drive (f_mass_storage on dummy_hcd, set up through
 * configfs: Documentation/usb/gadget_configfs.rst). There is one at a time; disposing of it removes it.
 */
export async function plugGadget({ speed, image, stalls = true }: GadgetOptions): Promise<Gadget> {
  mkdirSync(gadget);
  mkdirSync(join(gadget, "strings/0x409"));
  write(gadget, {
    idVendor: "0x1d6b",
    idProduct: "0x0104",
    bcdUSB: speed === "super" ? "0x0300" : "0x0200",
    max_speed: `${speed}-speed`,
    "strings/0x409/manufacturer": "Linux",
    "strings/0x409/product": "Gadget DVD",
    "strings/0x409/serialnumber": "0001",
  });
  mkdirSync(configuration);
  mkdirSync(functionFolder);
  write(functionFolder, { stall: stalls ? "1" : "0" });
  write(logicalUnit, { removable: "1", ro: "1", cdrom: "1" });
  if (image !== undefined) write(logicalUnit, { file: image });
  symlinkSync(functionFolder, join(configuration, "mass_storage.0"));
  write(gadget, { UDC: controller });

  const unplug = (): void => write(gadget, { UDC: "\n" });
  const location = await until("gadget on the bus", () => usbLocation(gadgetIds));
  return {
    location,
    load: (next) => write(logicalUnit, { file: next ?? "\n" }),
    unplug,
    async [Symbol.asyncDispose]() {
      if (readFileSync(join(gadget, "UDC"), "utf8").trim() !== "") unplug();
      await until("end of the gadget", () => usbLocation(gadgetIds) === undefined || undefined);
      removeGadget();
    },
  };
}

/** configfs removes its own files with their folder, but folders only from the innermost out. */
function removeGadget(): void {
  unlinkSync(join(configuration, "mass_storage.0"));
  for (const folder of [configuration, functionFolder, join(gadget, "strings/0x409"), gadget]) {
    rmdirSync(folder);
  }
}

function write(folder: string, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), value);
}
