// Your program against a drive that goes wrong, in your own tests: npx vitest run examples
import { openWebUsb, OpticalDrive } from "usb-dvd";
import { discFromBytes, FaultScript, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";
import { expect, it } from "vitest";

/** What is to be tested: how much of a disc can be read from its beginning on. */
async function readableBytes(drive: OpticalDrive): Promise<number> {
  let bytes = 0;
  try {
    const blocks = (await drive.medium())?.blocks ?? 0;
    for await (const chunk of drive.read({ lba: 0, blocks })) bytes += chunk.length;
  } catch (error) {
    console.log((error as Error).message);
  }
  return bytes;
}

it("ends at the first scratch", async () => {
  const drive = new VirtualDrive({ disc: discFromBytes(new Uint8Array(500 * 2048)) });
  const faults = FaultScript.parse("lba=100: sense 03/11/05");
  const device = new VirtualUsbDevice(drive, { faults });
  await using opened = await OpticalDrive.open(await openWebUsb(device));
  expect(await readableBytes(opened)).toBe(96 * 2048);
});
