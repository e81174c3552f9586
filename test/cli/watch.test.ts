import { describe, expect, it, vi } from "vitest";

import type { DriveListener } from "../../src/cli/context.js";
import { InterruptedError } from "../../src/cli/errors.js";
import { UsbBusyError } from "../../src/usb/errors.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "../../src/virtual/index.js";
import { pluggedIn, runCommand } from "./run.js";

const disc = discFromBytes(new Uint8Array(100 * 2048));

/** A drive that can be unplugged. */
function plug(location: string, drive = new VirtualDrive({ disc })) {
  const device = new VirtualUsbDevice(drive);
  const candidate = pluggedIn(drive, location, { open: () => openWebUsb(device) });
  return { drive, device, candidate };
}

/** Runs `watch` while something happens, and returns what it told. */
async function watch(
  args: readonly string[],
  drives: Parameters<typeof runCommand>[1] & object,
  act: (listener: DriveListener, settle: () => Promise<void>) => Promise<void>,
) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const interruption = new AbortController();
    const settle = async (): Promise<void> => {
      for (let second = 0; second < 3; second++) await vi.advanceTimersByTimeAsync(1_000);
    };
    let listener: DriveListener | undefined;
    const running = runCommand(["watch", "--json", ...args], {
      ...drives,
      signal: interruption.signal,
      onWatch: (watcher) => (listener = watcher),
    });
    await settle();
    await act(listener!, settle);
    interruption.abort(new InterruptedError("SIGINT"));
    const { exitCode, stdout } = await running;
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; location: string });
    return { exitCode, events, told: events.map(({ event, location }) => `${location} ${event}`) };
  } finally {
    vi.useRealTimers();
  }
}

describe("usb-dvd watch", () => {
  it("tells of discs, the button, and drives that come and go", async () => {
    const one = plug("1-1");
    const { told, exitCode } = await watch(
      [],
      { drives: [one.candidate] },
      async (listener, settle) => {
        one.drive.pressEject();
        await settle();
        one.drive.insert(disc);
        await settle();
        const two = plug("1-2", new VirtualDrive());
        listener.attached(two.candidate);
        await settle();
        two.device.unplug();
        listener.detached(two.candidate.info);
        await settle();
        const again = plug("1-2");
        listener.attached(again.candidate);
        await settle();
      },
    );
    expect(exitCode).toBe(0);
    expect(told).toEqual([
      "1-1 attached",
      "webusb watching",
      "webusb ejectRequested",
      "webusb mediaRemoved",
      "webusb mediaInserted",
      "webusb becameReady",
      "1-2 attached",
      "webusb watching",
      "1-2 detached",
      "webusb disconnected",
      "1-2 attached",
      "webusb watching",
    ]);
  });

  it("tells of a region that was changed", async () => {
    const one = plug("1-1", new VirtualDrive({ disc, region: { type: "none" } }));
    const { events } = await watch([], { drives: [one.candidate] }, async (_listener, settle) => {
      // Another host's SEND KEY, format 6, for region 2.
      const cdb = Uint8Array.of(0xa3, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0);
      await one.drive.execute(cdb, Uint8Array.of(0, 6, 0, 0, 0xfd, 0, 0, 0));
      for (let round = 0; round < 5; round++) await settle();
    });
    expect(events.at(-1)).toMatchObject({
      event: "regionChanged",
      details: { before: [], after: [2] },
    });
  });

  it("tells why a drive cannot be watched, and goes on with the others", async () => {
    const open = () => Promise.reject(new UsbBusyError("It is mounted at /media. Unmount it."));
    const busy = pluggedIn(new VirtualDrive(), "1-1", { open });
    const { told, events } = await watch([], { drives: [busy, plug("1-2").candidate] }, () =>
      Promise.resolve(),
    );
    expect(told).toContain("1-1 problem");
    expect(events.find(({ event }) => event === "problem")).toMatchObject({
      details: { message: "It is mounted at /media. Unmount it." },
    });
    expect(told).toContain("webusb watching");
  });
});
