/**
 * Opens and closes a virtual drive through an adapter, `webusb` or `usbip`: after a read, after a
 * command that has hung, in the middle of one, and after the plug was pulled. Must end by itself.
 */
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { read10 } from "../../src/scsi/read.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import { openUsbIp } from "../../src/usb/usbip/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  BulkOnlyDevice,
  discFromBytes,
  FaultScript,
  UsbIpServer,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/node.js";

interface Bench {
  readonly connection: UsbConnection;
  setFaults(script: string): void;
  close(): Promise<void>;
}

const disc = discFromBytes(new Uint8Array(100 * 2048));

async function webUsbBench(): Promise<Bench> {
  const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
  return {
    connection: await openWebUsb(device),
    setFaults: (script) => (device.faults = FaultScript.parse(script)),
    close: () => Promise.resolve(),
  };
}

async function usbIpBench(): Promise<Bench> {
  const device = new BulkOnlyDevice(new VirtualDrive({ disc }));
  const server = new UsbIpServer([device]);
  const { port } = await server.listen({ port: 0 });
  return {
    connection: await openUsbIp({ host: "127.0.0.1", port, busId: "1-1" }),
    setFaults: (script) => (device.faults = FaultScript.parse(script)),
    close: () => server.close(),
  };
}

const benches = { webusb: webUsbBench, usbip: usbIpBench };
const open = benches[process.argv[2] as keyof typeof benches];

for (const faults of ["", "op=28 phase=data: silence", "op=28 phase=status: unplug"]) {
  const bench = await open();
  const drive = await OpticalDrive.open(bench.connection);
  await drive.medium();
  drive.watchMedia(10);
  bench.setFaults(faults);
  const ended = await drive.execute(read10(0, 8), { timeoutMs: 300 }).then(
    () => "read",
    (error: unknown) => (error as { code: string }).code,
  );
  console.log(ended);
  const pending = drive.execute(read10(0, 8)).catch(() => undefined);
  await drive.close();
  await pending;
  await bench.close();
}
