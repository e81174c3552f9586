// The region of a drive, here a virtual one: npx tsx examples/region.ts
import { openWebUsb, OpticalDrive } from "usb-dvd";
import { VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

const device = new VirtualUsbDevice(new VirtualDrive());
await using drive = await OpticalDrive.open(await openWebUsb(device));
drive.keys.on("regionChanged", ({ before, after }) => {
  console.log(`from [${before.regions.join()}] to [${after.regions.join()}]`);
});

const { state, userChanges } = await drive.keys.readRegion();
console.log(`${state}, ${userChanges} changes left`);

// Spends one of the changes, for good: the number that was read says that you know.
const after = await drive.keys.setRegion(2, { confirm: userChanges });
console.log(`${after.state}, ${after.userChanges} changes left`);
