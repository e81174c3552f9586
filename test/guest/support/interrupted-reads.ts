import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

import { guestDisc } from "./discs.js";
import { DriveServer } from "./drive-server.js";
import { interfaceDriver } from "./sysfs.js";
import { plugDrive } from "./plugged-drive.js";
import { until } from "./until.js";

const program = join(import.meta.dirname, "../../../dist/cli/main.js");
const folder = "/tmp/interrupted";

/** Longer than it takes to read the disc. */
const longestMs = 3_000;

/**
 * Kills `usb-dvd read` at moments spread at random over a read, and looks each time whether the
 * kernel's driver has the drive again, with its tray free.
 */
export async function interruptReads(signal: "SIGINT" | "SIGTERM", times: number): Promise<void> {
  await using server = await DriveServer.start();
  await using plugged = await plugDrive(server, { disc: { path: guestDisc("dvd").path } });
  const { location } = plugged;
  const afterMs: number[] = [];
  let complete = 0;
  let locked = 0;
  for (let time = 0; time < times; time++) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const out = join(folder, "out.iso");
    const args = [program, "read", out, "--drive", `usb:${location}`];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const hasBegun = () => existsSync(out) || child.exitCode !== null || undefined;
    await until("a part of the image", hasBegun, 60_000);
    const waitMs = Math.random() * longestMs;
    afterMs.push(Math.round(waitMs));
    await delay(waitMs);
    if (child.exitCode === null && (await server.call("state")).trayLocked) locked++;
    child.kill(signal);
    const [status] = await exit;
    if (status === 0) complete++;
    else {
      expect(status).toBe(signal === "SIGINT" ? 130 : 143);
      expect(readdirSync(folder).sort()).toEqual(["out.iso", "out.iso.map"]);
    }
    expect(interfaceDriver(location)).toBe("usb-storage");
    const { trayLocked } = await server.call("state");
    expect(trayLocked, `after ${afterMs.at(-1) ?? 0} ms`).toBe(false);
  }
  console.log(
    `${signal}, ${times} times: the driver was bound and the tray free each time, of which ${locked} ` +
      `times it had been locked; ${complete} reads were over before. Milliseconds into the read: ${afterMs.join(" ")}`,
  );
}
