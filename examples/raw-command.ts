// Any command as a value, with its own decoder: npx tsx examples/raw-command.ts
import { commandIn, isSenseError, openWebUsb, OpticalDrive, readToc } from "usb-dvd";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

const disc = discFromBytes(new Uint8Array(100 * 2048));
const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
await using drive = await OpticalDrive.open(await openWebUsb(device));

// READ CAPACITY, as SBC-3 prints it: the address of the last block, and the length of each.
const readLastBlock = commandIn(
  "READ CAPACITY",
  Uint8Array.of(0x25, ...new Uint8Array(9)),
  8,
  (data) => new DataView(data.buffer, data.byteOffset).getUint32(0),
);
console.log(`the last block is ${await drive.execute(readLastBlock)}`);

const { tracks } = await drive.execute(readToc());
console.log(`${tracks.length - 1} track, and the lead-out at ${tracks.at(-1)?.start ?? "?"}`);

try {
  await drive.execute(commandIn("READ CD", Uint8Array.of(0xbe, ...new Uint8Array(11)), 1, () => 0));
} catch (error) {
  if (!isSenseError(error, "illegalRequest")) throw error;
  console.log(error.message);
}
