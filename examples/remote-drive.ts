// A drive that another computer has, over USB/IP; both ends are here: npx tsx examples/remote-drive.ts
import { listUsbIpDrives, OpticalDrive } from "usb-dvd";
import { BulkOnlyDevice, discFromBytes, UsbIpServer, VirtualDrive } from "usb-dvd/virtual";

const disc = discFromBytes(new Uint8Array(100 * 2048));
await using server = new UsbIpServer([new BulkOnlyDevice(new VirtualDrive({ disc }))]);
const { port } = await server.listen({ port: 0 });

for (const found of await listUsbIpDrives({ host: "127.0.0.1", port })) {
  await using drive = await OpticalDrive.open(await found.open());
  const medium = await drive.medium();
  console.log(
    `${drive.identity.product} with a ${medium?.name ?? "tray"} of ${medium?.blocks ?? 0} blocks`,
  );
}
