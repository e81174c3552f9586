import { describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import {
  dvdCopyProtectKey,
  DvdDevice,
  dvdKeyTypes,
  dvdReadStructure,
  ioControlCodes,
  ntStatusName,
} from "../../src/ioctl/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  VirtualDrive,
  VirtualUsbDevice,
  type VirtualDriveOptions,
} from "../../src/virtual/index.js";
import { hex } from "../bytes.js";

const none = new Uint8Array();
const disc = discFromBytes(new Uint8Array(16 * 2048));

/** A device on the whole stack, down to the virtual drive's endpoints. */
async function open(options: VirtualDriveOptions = {}) {
  const usb = new VirtualUsbDevice(new VirtualDrive(options));
  const drive = await OpticalDrive.open(await openWebUsb(usb));
  const device = new DvdDevice(drive);
  const told = async (code: number, input: Uint8Array, room: number): Promise<string> => {
    const { status, information } = await device.deviceIoControl(code, input, room);
    return `${ntStatusName(status)} ${information}`;
  };
  return { drive, device, told, [Symbol.asyncDispose]: () => drive.close() };
}

const { startSession, endSession, readKey, readStructure, getRegion } = ioControlCodes;

describe("DvdDevice on the virtual drive", () => {
  it("is granted four sessions, and four more once all are ended", async () => {
    await using dvd = await open({ disc });
    for (let round = 0; round < 2; round++) {
      for (let session = 0; session < 4; session++) {
        const { output } = await dvd.device.deviceIoControl(startSession, none, 4);
        expect(output).toEqual(Uint8Array.of(session, 0, 0, 0));
      }
      expect(await dvd.told(startSession, none, 4)).toBe("STATUS_INSUFFICIENT_RESOURCES 0");
      expect(await dvd.told(endSession, hex("ff ff ff ff"), 0)).toBe("STATUS_SUCCESS 0");
    }
  });

  it("ends one session by READ_KEY, which is then granted again", async () => {
    await using dvd = await open({ disc });
    for (let session = 0; session < 4; session++) await dvd.told(startSession, none, 4);
    const { invalidateAgid } = dvdKeyTypes;
    const invalidate = dvdCopyProtectKey.encode({ keyType: invalidateAgid, sessionId: 2 });
    expect(await dvd.told(readKey, invalidate, 24)).toBe("STATUS_SUCCESS 0");
    const { output } = await dvd.device.deviceIoControl(startSession, none, 4);
    expect(output).toEqual(hex("02 00 00 00"));
  });

  it("reads the copyright structure and the region", async () => {
    await using dvd = await open({ disc });
    const request = dvdReadStructure.encode({ format: 1 });
    const { output } = await dvd.device.deviceIoControl(readStructure, request, 8);
    expect(output.subarray(0, 4)).toEqual(hex("06 00 00 00"));
    const region = await dvd.device.deviceIoControl(getRegion, none, 4);
    // The medium's bytes as they are in its structure; the drive never had a region.
    expect(region.output.subarray(0, 2)).toEqual(output.subarray(4, 6));
    expect(region.output[2]).toBe(0);
  });

  it("says that there is no disc, and lets the region be read all the same", async () => {
    await using dvd = await open();
    expect(await dvd.told(startSession, none, 4)).toBe("STATUS_NO_MEDIA_IN_DEVICE 0");
    expect(await dvd.told(getRegion, none, 4)).toBe("STATUS_NO_MEDIA_IN_DEVICE 0");
    const rpcKey = dvdCopyProtectKey.encode({ keyType: dvdKeyTypes.getRpcKey });
    expect(await dvd.told(readKey, rpcKey, 28)).toBe("STATUS_SUCCESS 28");
  });

  it.each([
    ["gives a new drive the disc's region, as Windows does", 0b1111_1101, {}, 0xfd, 4],
    ["leaves it where told to", 0b1111_1101, { initialRegion: "leave" }, 0xff, 5],
    ["spends nothing on a disc that plays everywhere", 0x00, {}, 0xff, 5],
  ] as const)("%s", async (_what, regionMask, options, mask, userChanges) => {
    const copyright = { protection: "css", regionMask } as const;
    const virtual = new VirtualDrive({
      disc: discFromBytes(new Uint8Array(16 * 2048), { copyright }),
    });
    await using drive = await OpticalDrive.open(await openWebUsb(new VirtualUsbDevice(virtual)));
    const request = dvdCopyProtectKey.encode({ keyType: dvdKeyTypes.getRpcKey });
    const device = new DvdDevice(drive, options);
    const { output } = await device.deviceIoControl(readKey, request, 28);
    expect(output[25]).toBe(mask);
    expect(virtual.region).toMatchObject({ mask, userChanges });
  });
});
