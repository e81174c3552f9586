import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { letTimePass, startClock, stopClock } from "../virtual-clock.js";

const key = Uint8Array.of(1, 2, 3, 4, 5);
const disc = discFromBytes(new Uint8Array(100 * 2048), {
  copyright: { protection: "css", regionMask: 0xfe },
  titleKeys: [{ firstLba: 0, lastLba: 99, key }],
});
const { host } = standInAuthenticator();
const reason = new Error("not wanted any more");

describe("a key session", () => {
  let device: VirtualUsbDevice;
  let drive: OpticalDrive;
  beforeEach(async () => {
    stopClock();
    device = new VirtualUsbDevice(new VirtualDrive({ disc }));
    drive = await OpticalDrive.open(await openWebUsb(device));
    await drive.presence(); // takes the unit attention of a drive that was just switched on
  });
  afterEach(async () => {
    await letTimePass(drive.close());
    startClock();
  });

  /** Nothing is left granted where all four can be had. */
  async function expectAllFree(): Promise<void> {
    device.faults = undefined;
    const agids: number[] = [];
    for (let count = 0; count < 4; count++) agids.push((await drive.keys.startSession()).agid);
    expect(agids.sort()).toEqual([0, 1, 2, 3]);
  }

  it.each([
    ["the challenge", "op=a3 nth=1 phase=data: silence"],
    ["KEY1", "op=a4 nth=2 phase=data: silence"],
    ["KEY2", "op=a3 nth=2 phase=status: silence"],
    ["the flag", "op=a4 nth=4 phase=command: silence"],
  ])(
    "that is given up at %s rejects with the reason, and leaves nothing granted",
    async (_, faults) => {
      device.faults = FaultScript.parse(faults);
      const session = await drive.keys.startSession();
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 3_000);
      const authentication = session.authenticate(host, { signal: controller.signal });
      await expect(letTimePass(authentication)).rejects.toBe(reason);
      expect(session.state).toBe("ended");
      await letTimePass(expectAllFree());
    },
  );

  it("keeps to the deadline that it is given", async () => {
    const session = await drive.keys.startSession();
    await session.authenticate(host);
    device.faults = FaultScript.parse("op=a4 nth=1 phase=data: silence");
    const started = performance.now();
    const reading = session.readTitleKey({ lba: 5 }, { timeoutMs: 500 });
    await expect(letTimePass(reading)).rejects.toMatchObject({
      code: "STEP_FAILED",
      cause: { code: "USB_TIMEOUT" },
    });
    expect(performance.now() - started).toBeLessThan(3_000);
    await letTimePass(expectAllFree());
  });

  it("that is not to begin sends nothing", async () => {
    const session = await drive.keys.startSession();
    const signal = AbortSignal.abort(reason);
    await expect(session.sendChallenge(new Uint8Array(10), { signal })).rejects.toBe(reason);
    expect(session.state).toBe("started");
    await expect(drive.keys.startSession({ signal })).rejects.toBe(reason);
    await expect(drive.keys.readRegion({ signal })).rejects.toBe(reason);
    await expect(drive.keys.mediumRegions({ signal })).rejects.toBe(reason);
  });

  it("whose grant is given up does not keep the AGID", async () => {
    device.faults = FaultScript.parse("op=a4 nth=1 phase=status: silence");
    const starting = drive.keys.startSession({ timeoutMs: 400 });
    await expect(letTimePass(starting)).rejects.toMatchObject({ code: "USB_TIMEOUT" });
    await letTimePass(expectAllFree());
  });
});
