import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  BulkOnlyDevice,
  isoFileDisc,
  UsbIpServer,
  VirtualDrive,
  type IsoFileDisc,
} from "../../src/virtual/node.js";
import { runCommand } from "./run.js";

const sample = join(import.meta.dirname, "../../examples/sample.iso");

describe("usb-dvd, with a drive at a USB/IP server", () => {
  let disc: IsoFileDisc;
  let server: UsbIpServer;
  let port: number;
  beforeEach(async () => {
    disc = await isoFileDisc(sample);
    server = new UsbIpServer([new BulkOnlyDevice(new VirtualDrive({ disc }))]);
    ({ port } = await server.listen({ port: 0 }));
  });
  afterEach(async () => {
    await server.close();
    await disc.close();
  });

  it("lists it, and shows it by the locator that it was listed with", async () => {
    const listed = await runCommand(["list", "--remote", `127.0.0.1:${port}`, "--json"]);
    expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
    const [drive] = JSON.parse(listed.stdout) as { locator: string; product: string }[];
    expect(drive).toMatchObject({
      locator: `usbip://127.0.0.1:${port}/1-1`,
      product: "Virtual DVD-ROM",
    });
    const info = await runCommand(["info", "--drive", drive!.locator]);
    expect(info).toMatchObject({ exitCode: 0, stderr: "" });
    expect(info.stdout).toMatch(/Virtual DVD-ROM/);
  });

  it("says what is wrong with a server or a drive", async () => {
    const { exitCode, stderr } = await runCommand(["list", "--remote", "a/b"]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
    expect(stderr).toMatch(/names no server/);
    const missing = await runCommand(["info", "--drive", `usbip://127.0.0.1:${port}/3-1`]);
    expect(missing.exitCode).toBe(3);
    expect(missing.stderr).toMatch(/There is no usbip:\/\/127\.0\.0\.1:\d+\/3-1/);
    expect((await runCommand(["info", "--drive", "usbip://nowhere"])).exitCode).toBe(2);
  });
});
