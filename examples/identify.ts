// Which drives are plugged in, and what is in them: npx tsx examples/identify.ts
import { listUsbDrives, OpticalDrive } from "usb-dvd";

const candidates = await listUsbDrives();
if (candidates.length === 0) console.log("There is no USB drive.");
for (const candidate of candidates) {
  await using drive = await OpticalDrive.open(await candidate.open());
  const { vendor, product, revision } = drive.identity;
  const medium = await drive.medium();
  console.log(`${candidate.info.location}: ${vendor} ${product} ${revision}`);
  console.log(medium ? `  ${medium.name}, ${medium.bytes} bytes` : "  no disc");
}
