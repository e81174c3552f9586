import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

import { guestDisc } from "./support/discs.js";
import { output, sh } from "./support/shell.js";
import { discDevice, genericDevice, usbAttribute } from "./support/sysfs.js";
import { until } from "./support/until.js";
import { attachUsbIp } from "./support/vhci.js";

it("the kernel attaches what `usb-dvd emulate` serves, and notices what is done to it", async () => {
  const { path, blocks } = guestDisc("cd");
  const options = ["--vendor", "ACME", "--usb-id", "0e8d:1836", "--region", "2"];
  const program = ["dist/cli/main.js", "emulate", path, "--port", "0", "--control", ...options];
  const child = spawn(process.execPath, program, { stdio: ["pipe", "pipe", "inherit"] });
  let written = "";
  child.stdout.on("data", (text: Buffer) => (written += text.toString()));
  const exit = once(child, "exit");
  try {
    const port = await until("server", () => /--tcp-port (\d+)/.exec(written)?.[1]);
    await using attached = await attachUsbIp(Number(port));
    const disc = await discDevice(attached.location);
    const generic = await genericDevice(attached.location);
    expect(usbAttribute(attached.location, "idVendor")).toBe("0e8d");
    expect(await output(`sg_inq "$1"`, generic)).toMatch(/Vendor identification: ACME/);
    expect((await output(`blockdev --getsz "$1"`, disc)).trim()).toBe(String(blocks * 4));
    expect((await sh(`regionset "$1" < /dev/null`, [disc])).stdout).toMatch(
      /region\(s\): 2\n[^]*change the region setting 4 times/,
    );

    child.stdin.write("eject\n");
    await until("open tray", () => /tray is open/.exec(written) ?? undefined);
    expect((await sh(`sg_turs "$1"`, [generic])).status).not.toBe(0);
    child.stdin.write("load\n");
    await until("closed tray", () => /tray is closed/.exec(written) ?? undefined);
    expect((await output(`blockdev --getsz "$1"`, disc)).trim()).toBe(String(blocks * 4));

    child.stdin.write("unplug\n");
    await attached.gone();
  } finally {
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  }
});
