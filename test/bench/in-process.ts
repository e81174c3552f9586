/**
 * What the whole stack costs in one process: commands to the virtual drive, whose disc is in memory,
 * through `OpticalDrive`, Bulk-Only Transport and the WebUSB adapter. Prints medians of several
 * rounds; asserts nothing.
 */
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { read10 } from "../../src/scsi/read.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";
import { median } from "./table.js";

const rounds = 9;
const commandsPerRound = 4_000;
const blocksPerCommand = 32;
const discBytes = 64 * 1024 * 1024;

const disc = discFromBytes(new Uint8Array(discBytes).fill(0x5a));
const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
const drive = await OpticalDrive.open(await openWebUsb(device));
const discBlocks = discBytes / 2048;

/** Microseconds a command: the median of the rounds, after one that is not counted. */
async function measure(run: (index: number) => Promise<unknown>): Promise<number> {
  const results: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const startedAt = performance.now();
    for (let index = 0; index < commandsPerRound; index++) await run(index);
    results.push(((performance.now() - startedAt) * 1000) / commandsPerRound);
  }
  return median(results.slice(1));
}

const ready = await measure(() => drive.execute(testUnitReady()));
const read = await measure((index) =>
  drive.execute(read10((index * blocksPerCommand) % discBlocks, blocksPerCommand)),
);
const bytes = blocksPerCommand * 2048;

console.log(`TEST UNIT READY      ${ready.toFixed(1)} us a command`);
console.log(
  `READ (10) of 64 KiB  ${read.toFixed(1)} us a command, ${(bytes / read / 1000).toFixed(2)} GB/s`,
);
await drive.close();
