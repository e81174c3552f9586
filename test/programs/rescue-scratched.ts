/**
 * Rescues a scratched virtual disc to the file that is named; meant to be killed. Which sectors are
 * bad is `scratchedSectors`; every read takes a little while.
 */
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { rescueDisc } from "../../src/imaging/rescue-disc.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  FaultScript,
  generatedDisc,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { blockOf } from "../imaging/scratched-disc.js";
import { scratchedBlocks, scratchedSectors } from "./scratched-sectors.js";

const [path = ""] = process.argv.slice(2);
const disc = generatedDisc(scratchedBlocks, (lba, count) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => blockOf(lba + index))),
);
const rules = scratchedSectors.map((lba) => `lba=${lba}: sense 03/11/00`);
const faults = FaultScript.parse([...rules, "op=28 phase=data: delay 4"].join("\n"));
const device = new VirtualUsbDevice(new VirtualDrive({ disc }), { faults });
await using drive = await OpticalDrive.open(await openWebUsb(device));
const { missingBytes, hashes } = await rescueDisc(drive, path, {
  blocks: scratchedBlocks,
  saveIntervalMs: 20,
});
console.log(`${missingBytes} ${hashes.sha256 ?? ""}`);
