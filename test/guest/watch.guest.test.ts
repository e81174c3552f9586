import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { discDevice, interfaceDriver } from "./support/sysfs.js";
import { until } from "./support/until.js";
import { attachUsbIp } from "./support/vhci.js";

interface Told {
  readonly event: string;
  readonly location: string;
  readonly drive?: string;
}

it("usb-dvd watch sees discs change, and a drive go and come again", async () => {
  const { path } = guestDisc("cd");
  const identity = { vendorId: "WATCHED", productId: "DRIVE" };
  await using server = await DriveServer.start();
  const child = spawn(process.execPath, ["dist/cli/main.js", "watch", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let written = "";
  child.stdout.on("data", (text: Buffer) => (written += text.toString()));
  const exit = once(child, "exit");
  const told = (): Told[] =>
    written
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Told);
  /** What was told of the drive, once it ends with an event. */
  const untilTold = (location: string, event: string, times = 1) =>
    until(`${event} at ${location}`, () => {
      const events = told().filter((found) => found.location === location);
      return events.filter((found) => found.event === event).length >= times || undefined;
    });
  try {
    // QEMU's own drive, by which it is known that the command listens.
    await until("any drive", () => told().some(({ event }) => event === "watching") || undefined);
    const plug = async () => attachUsbIp(await server.call("serve", { disc: { path }, identity }));
    {
      await using plugged = await plug();
      const { location } = plugged;
      await untilTold(location, "watching");
      expect(
        told().find(({ event, location: at }) => event === "watching" && at === location),
      ).toEqual(expect.objectContaining({ drive: "WATCHED DRIVE" }));
      expect(interfaceDriver(location)).toBe("usbfs");
      await server.call("pressEject");
      await untilTold(location, "mediaRemoved");
      await server.call("insert", { path });
      await untilTold(location, "mediaInserted");
      await untilTold(location, "becameReady");
      await server.call("unplug");
      await untilTold(location, "disconnected");
      await plugged.gone();
      await untilTold(location, "detached");
    }
    await using again = await plug();
    await untilTold(
      again.location,
      "watching",
      told().some(({ event, location: at }) => event === "watching" && at === again.location)
        ? 2
        : 1,
    );
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
    await discDevice(again.location);
    expect(interfaceDriver(again.location)).toBe("usb-storage");
  } finally {
    child.kill("SIGKILL");
  }
});
