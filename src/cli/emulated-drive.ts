import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";

import {
  BulkOnlyDevice,
  FaultScript,
  FaultScriptError,
  VirtualDrive,
  type Copyright,
  type Disc,
  type DiscOptions,
  type DriveIdentity,
  type RegionState,
  type UsbIdentity,
  type UsbSpeed,
  type VirtualDriveOptions,
} from "../virtual/node.js";
import { UsageError } from "./errors.js";

/** What an emulated drive, and the disc in it, are to be like. */
export interface EmulatedDriveOptions {
  /** The region that the drive was set to, 1 to 8. */
  readonly region?: number;
  readonly protection?: Copyright["protection"];
  /** The regions that the disc plays in, one bit each. */
  readonly discRegions?: number;
  readonly vendor?: string;
  readonly product?: string;
  readonly revision?: string;
  readonly serial?: string;
  readonly usbId?: Pick<UsbIdentity, "vendorId" | "productId">;
  readonly speed?: UsbSpeed;
  /** The path of a fault script. */
  readonly faults?: string;
}

export interface EmulatedDrive {
  readonly drive: VirtualDrive;
  readonly device: BulkOnlyDevice;
}

/** The drive that comes as number `index` of those that are served, counted from 0. */
export async function emulatedDrive(
  disc: Disc,
  index: number,
  options: EmulatedDriveOptions,
  onCommand: VirtualDriveOptions["onCommand"],
): Promise<EmulatedDrive> {
  const { region, usbId, speed, faults } = options;
  const drive = new VirtualDrive({
    disc,
    identity: identityOf(index, options),
    ...(region !== undefined && { region: regionState(region) }),
    ...(onCommand && { onCommand }),
  });
  const device = new BulkOnlyDevice(drive, {
    ...(usbId && { usb: usbId }),
    ...(speed && { speed }),
    ...(faults !== undefined && { faults: await readFaults(faults) }),
  });
  return { drive, device };
}

/** How the discs are protected that are put into the drives. */
export function discOptions({ protection, discRegions }: EmulatedDriveOptions): DiscOptions {
  if (protection === undefined && discRegions === undefined) return {};
  const forbidden = discRegions === undefined ? 0x00 : 0xff & ~discRegions;
  return { copyright: { protection: protection ?? "none", regionMask: forbidden } };
}

/** Throws `UsageError` where the file cannot be read or makes no sense. */
export async function readFaults(path: string): Promise<FaultScript> {
  try {
    return FaultScript.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof FaultScriptError) {
      throw new UsageError(`${path}, ${error.message}.`, { cause: error });
    }
    const problem = `The fault script cannot be read: ${(error as Error).message}`;
    throw new UsageError(problem, { cause: error });
  }
}

/** `--region`. */
export function parseRegion(text: string): number {
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A region is a number from 1 to 8.");
}

/** `--disc-regions`: for instance `1,3`. */
export function parseRegions(text: string): number {
  return text.split(",").reduce((mask, region) => mask | (1 << (parseRegion(region) - 1)), 0);
}

/** `--usb-id`: for instance `0e8d:1836`. */
export function parseUsbId(text: string): Pick<UsbIdentity, "vendorId" | "productId"> {
  const [, vendor, product] = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text) ?? [];
  if (vendor !== undefined && product !== undefined) {
    return { vendorId: parseInt(vendor, 16), productId: parseInt(product, 16) };
  }
  throw new InvalidArgumentError(
    "Write four hexadecimal digits, a colon and four more: 0e8d:1836.",
  );
}

/** `--vendor` and its like: ASCII, as INQUIRY has it, of so many characters at most. */
export function parseName(length: number): (text: string) => string {
  return (text) => {
    if (/^[\x20-\x7e]+$/.test(text) && text.length <= length) return text;
    throw new InvalidArgumentError(`It has 1 to ${length} characters of ASCII.`);
  };
}

/** Each drive has a serial number of its own, by which systems tell them apart. */
function identityOf(index: number, options: EmulatedDriveOptions): Partial<DriveIdentity> {
  const { vendor, product, revision, serial } = options;
  return {
    serial: serial ?? String(index + 1).padStart(12, "0"),
    ...(vendor !== undefined && { vendorId: vendor }),
    ...(product !== undefined && { productId: product }),
    ...(revision !== undefined && { revision }),
  };
}

/** A drive that was set once, of the five times that it can be. */
function regionState(region: number): Partial<RegionState> {
  return { type: "set", mask: 0xff & ~(1 << (region - 1)), userChanges: 4 };
}
