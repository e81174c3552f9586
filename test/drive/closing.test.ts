import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { letTimePass, startClock, stopClock } from "../virtual-clock.js";

const disc = discFromBytes(new Uint8Array(1000 * 2048));

describe("closing a drive", () => {
  let device: VirtualUsbDevice;
  let drive: OpticalDrive;
  beforeEach(async () => {
    stopClock();
    device = new VirtualUsbDevice(new VirtualDrive({ disc }));
    drive = await OpticalDrive.open(await openWebUsb(device));
  });
  afterEach(startClock);

  async function readAll(): Promise<number> {
    let blocks = 0;
    for await (const chunk of drive.read({ lba: 0, blocks: 1000 })) blocks += chunk.length / 2048;
    return blocks;
  }

  it.each(["command", "data", "status"])(
    "ends a command that hangs in its %s phase",
    async (phase) => {
      await drive.presence();
      device.faults = FaultScript.parse(`op=28 phase=${phase}: silence`);
      const reading = readAll();
      const ended = expect(reading).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
      await letTimePass(Promise.all([drive.close(), drive.close()]));
      await letTimePass(ended);
      expect(device.opened).toBe(false);
    },
  );

  it("is safe from within a listener, and twice", async () => {
    await drive.presence();
    const closings: Promise<void>[] = [];
    drive.on("disconnected", () => closings.push(drive.close(), drive.close()));
    device.unplug();
    await expect(readAll()).rejects.toMatchObject({ code: "USB_DISCONNECTED" });
    expect(closings).toHaveLength(2);
    await letTimePass(Promise.all(closings));
  });

  it("is safe from within a session's listener", async () => {
    const closings: Promise<void>[] = [];
    drive.keys.on("sessionStarted", () => closings.push(drive.close()));
    await letTimePass(drive.keys.startSession().catch(() => undefined));
    await letTimePass(Promise.all(closings));
    expect(device.opened).toBe(false);
  });

  it("gets through although every step of it hangs", async () => {
    await drive.lock();
    await drive.keys.startSession();
    device.faults = FaultScript.parse("phase=command: silence\nphase=reset: silence");
    const closing = drive.close().then(
      () => "closed",
      (error: unknown) => (error as { code?: unknown }).code,
    );
    // It tells that the AGID could not be given back, or that the tray is still locked.
    expect(await letTimePass(closing)).toMatch(/END_FAILED|USB_TIMEOUT/);
    expect(device.opened).toBe(false);
  });
});
