// A disc to a file, here in a virtual drive: npx tsx examples/image.ts <disc.iso> <out.iso>
import { openWebUsb, OpticalDrive, rescueDisc } from "usb-dvd";
import { isoFileDisc, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) throw new Error("Give a disc and a file.");

await using disc = await isoFileDisc(source);
const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
await using drive = await OpticalDrive.open(await openWebUsb(device));

const medium = await drive.medium();
if (medium === undefined) throw new Error("There is no disc in the drive.");
const { blocks } = medium;
const { bytes, missingBytes, hashes } = await rescueDisc(drive, target, {
  blocks,
  overwrite: true,
});
console.log(`${bytes} bytes, ${missingBytes} of them missing, SHA-256 ${hashes.sha256 ?? ""}`);
