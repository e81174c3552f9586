import { existsSync, readFileSync } from "node:fs";

import { sh } from "./shell.js";
import { usbAttribute } from "./sysfs.js";
import { until } from "./until.js";

const controller = "/sys/devices/platform/vhci_hcd.0";
const waitMs = 60_000;

/** A port of the kernel's USB/IP client, as `status` shows it (drivers/usb/usbip/vhci_sysfs.c). */
interface Port {
  readonly number: number;
  readonly isUsed: boolean;
  /** Where the device is on this computer's buses, for instance `5-1`. */
  readonly location: string;
}

export interface AttachedDevice extends AsyncDisposable {
  /** Where it is plugged in, for instance `5-1`. */
  readonly location: string;
  /** Waits until the device has left the bus, whoever pulled the plug. */
  gone(): Promise<void>;
}

/** Attaches a device of a USB/IP server on this computer, with Debian's `usbip`. */
export async function attachUsbIp(tcpPort: number, busId = "1-1"): Promise<AttachedDevice> {
  await loadVhci();
  const before = usedPorts().map(({ number }) => number);
  const { status, stderr } = await sh(
    `usbip --tcp-port "$1" attach --remote 127.0.0.1 --busid "$2"`,
    [String(tcpPort), busId],
  );
  if (status !== 0) throw new Error(`usbip could not attach ${busId}: ${stderr}`);
  const { number, location } = await until(
    "USB/IP device on the bus",
    () => usedPorts().find((port) => !before.includes(port.number) && isPresent(port)),
    waitMs,
  );
  const gone = async (): Promise<void> => {
    await until("empty port", () => !isOnPort(number, location) || undefined, waitMs);
  };
  return {
    location,
    gone,
    async [Symbol.asyncDispose]() {
      // It fails where the device has gone by itself, which is as well.
      if (isOnPort(number, location)) await sh(`usbip detach --port "$1"`, [String(number)]);
      await gone();
    },
  };
}

export async function loadVhci(): Promise<void> {
  if (existsSync(controller)) return; // it may be built in
  const { status, stderr } = await sh("modprobe vhci-hcd");
  if (status !== 0) throw new Error(`The kernel has no vhci-hcd: ${stderr}`);
}

const isPresent = ({ location }: Port): boolean => usbAttribute(location, "idVendor") !== undefined;

/** Whether the port, or the bus behind it, still has the device. */
function isOnPort(number: number, location: string): boolean {
  const port = usedPorts().find((used) => used.number === number);
  return port !== undefined || usbAttribute(location, "idVendor") !== undefined;
}

function usedPorts(): Port[] {
  const [, ...rows] = readFileSync(`${controller}/status`, "utf8").trim().split("\n");
  return rows.map(parsePort).filter(({ isUsed }) => isUsed);
}

/** For instance `hs  0000 006 003 00010002 000003 5-1`: hub, port, status, speed, device, socket. */
function parsePort(row: string): Port {
  const [, port = "", status = "", , , , location = ""] = row.split(/\s+/);
  const used = "006";
  return { number: Number(port), isUsed: status === used, location };
}
