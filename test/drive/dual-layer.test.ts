import { expect, it } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { generatedDisc, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";

const blockLength = 2048;
const megabyte = 1024 * 1024;

/** 8.5 GB, whose blocks begin with their own address. */
const blocks = 4_150_000;
const disc = generatedDisc(blocks, (lba, count) => {
  const data = new Uint8Array(count * blockLength);
  const view = new DataView(data.buffer);
  for (let block = 0; block < count; block++) view.setUint32(block * blockLength, lba + block);
  return data;
});

it("reads a whole disc of two layers in flat memory", { timeout: 120_000 }, async () => {
  const drive = await OpticalDrive.open(
    await openWebUsb(new VirtualUsbDevice(new VirtualDrive({ disc }))),
  );
  let next = 0;
  let misplaced = 0;
  let peak = 0;
  for await (const chunk of drive.read({ lba: 0, blocks, recycle: true })) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let offset = 0; offset < chunk.length; offset += blockLength) {
      if (view.getUint32(offset) !== next++) misplaced++;
    }
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  await drive.close();
  expect({ next, misplaced }).toEqual({ next: blocks, misplaced: 0 });
  expect(peak).toBeLessThan(400 * megabyte);
});
