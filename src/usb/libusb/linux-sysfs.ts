import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import type { UsbSpeed } from "../connection.js";

/** What Linux knows of a USB device, without anybody opening it. */
export interface SysfsDevice {
  readonly manufacturerName?: string;
  readonly productName?: string;
  readonly serialNumber?: string;
  readonly speed: UsbSpeed;
}

/** A logical unit as the kernel's own driver sees it. */
export interface KernelUnit {
  /** The SCSI peripheral device type: 5 is an optical drive, 0 a disk. */
  readonly deviceType: number;
  readonly vendor: string;
  readonly model: string;
  readonly revision: string;
  /** Its block device, for instance `/dev/sr0`. */
  readonly blockDevice?: string;
  /** Where it, or a partition of it, is mounted. */
  readonly mountedAt?: string;
}

/** An interface of a device in sysfs. */
export interface SysfsInterface {
  /** The device's name in sysfs, for instance `2-1.4`. */
  readonly location: string;
  readonly configuration: number;
  readonly interfaceNumber: number;
}

/** The `speed` attribute, in Mbit/s. */
const speeds: Readonly<Record<string, UsbSpeed>> = {
  "1.5": "low",
  "12": "full",
  "480": "high",
  "5000": "super",
  "10000": "super-plus",
  "20000": "super-plus",
};

/** Linux's sysfs and mount table, below `root`. */
export class LinuxSysfs {
  readonly #root: string;

  constructor(root = "/") {
    this.#root = root;
  }

  /** The device plugged in at `location`; undefined where sysfs does not have it. */
  async device(location: string): Promise<SysfsDevice | undefined> {
    const folder = this.#devicePath(location);
    const speed = await attribute(folder, "speed");
    if (speed === undefined) return undefined;
    const manufacturerName = await attribute(folder, "manufacturer");
    const productName = await attribute(folder, "product");
    const serialNumber = await attribute(folder, "serial");
    return {
      speed: speeds[speed] ?? "unknown",
      ...(manufacturerName !== undefined && { manufacturerName }),
      ...(productName !== undefined && { productName }),
      ...(serialNumber !== undefined && { serialNumber }),
    };
  }

  /** The address of the device that is plugged in at `location` now; undefined where none is. */
  async deviceAddress(location: string): Promise<number | undefined> {
    const number = await attribute(this.#devicePath(location), "devnum");
    return number === undefined ? undefined : Number(number);
  }

  /** The logical units that the kernel's driver has found behind an interface, LUN 0 first. */
  async units(where: SysfsInterface): Promise<KernelUnit[]> {
    const mounts = await this.#mounts();
    const units: KernelUnit[] = [];
    const folder = this.#interfacePath(where);
    for (const host of await children(folder, /^host\d+$/)) {
      for (const target of await children(host, /^target[\d:]+$/)) {
        for (const unit of await children(target, /^\d+:\d+:\d+:\d+$/)) {
          units.push(await readUnit(unit, mounts));
        }
      }
    }
    return units;
  }

  /** Whether a driver of the kernel's own has the interface, and not a program through usbfs. */
  async hasKernelDriver(where: SysfsInterface): Promise<boolean> {
    try {
      return nameOf(await readlink(join(this.#interfacePath(where), "driver"))) !== "usbfs";
    } catch {
      return false;
    }
  }

  #devicePath(location: string): string {
    return join(this.#root, "sys/bus/usb/devices", location);
  }

  #interfacePath({ location, configuration, interfaceNumber }: SysfsInterface): string {
    return this.#devicePath(`${location}:${configuration}.${interfaceNumber}`);
  }

  /**
   * Mount points by `major:minor`. Names would not do: what was mounted as /dev/cdrom is listed so.
   */
  async #mounts(): Promise<ReadonlyMap<string, string>> {
    const table = (await contents(join(this.#root, "proc/self/mountinfo"))) ?? "";
    const mounts = new Map<string, string>();
    for (const line of table.split("\n")) {
      const [, , device, , mountPoint] = line.split(" ");
      if (device !== undefined && mountPoint !== undefined) {
        mounts.set(device, unescapeMountPoint(mountPoint));
      }
    }
    return mounts;
  }
}

async function readUnit(folder: string, mounts: ReadonlyMap<string, string>): Promise<KernelUnit> {
  const [block] = await children(join(folder, "block"), /./);
  const mountedAt = block === undefined ? undefined : await mountPointOf(block, mounts);
  return {
    deviceType: Number(await attribute(folder, "type")),
    vendor: (await attribute(folder, "vendor")) ?? "",
    model: (await attribute(folder, "model")) ?? "",
    revision: (await attribute(folder, "rev")) ?? "",
    ...(block !== undefined && { blockDevice: `/dev/${nameOf(block)}` }),
    ...(mountedAt !== undefined && { mountedAt }),
  };
}

/** Where a block device is mounted, or one of its partitions, whose folders its name begins. */
async function mountPointOf(
  block: string,
  mounts: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const name = nameOf(block);
  const partitions = (await children(block, /./)).filter((path) => nameOf(path).startsWith(name));
  for (const folder of [block, ...partitions]) {
    const mountPoint = mounts.get((await attribute(folder, "dev")) ?? "");
    if (mountPoint !== undefined) return mountPoint;
  }
  return undefined;
}

/** The mount table writes white space and backslashes as three octal digits (proc(5)). */
function unescapeMountPoint(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function attribute(folder: string, name: string): Promise<string | undefined> {
  return (await contents(join(folder, name)))?.trim();
}

/** A file's text; undefined where there is none, or where the device went while it was read. */
async function contents(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

async function children(folder: string, name: RegExp): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((child) => name.test(child))
      .sort()
      .map((child) => join(folder, child));
  } catch {
    return [];
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
