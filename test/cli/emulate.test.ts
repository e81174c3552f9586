import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";

import { InterruptedError } from "../../src/cli/errors.js";
import { Output } from "../../src/cli/output.js";
import { runCommandLine } from "../../src/cli/program.js";
import { UsbIpServer } from "../../src/virtual/node.js";
import { importOf, RawClient, setConfiguration, submit } from "../virtual/usbip/client.js";
import { runCommand } from "./run.js";

const sample = join(import.meta.dirname, "../../examples/sample.iso");

describe("usb-dvd emulate", () => {
  let interruption = new AbortController();
  afterEach(() => interruption.abort());

  /** Runs the command until it is interrupted, and gives what it has written so far. */
  function emulate(...args: readonly string[]) {
    interruption = new AbortController();
    let written = "";
    const stdin = new PassThrough();
    const output = new Output(
      new Writable({
        write(text: Buffer, _encoding, done) {
          written += text.toString();
          done();
        },
      }),
    );
    const exitCode = runCommandLine(["emulate", ...args, "--port", "0"], "9.9.9", {
      stdout: output,
      stderr: output,
      stdin,
      listDrives: () => Promise.resolve([]),
      watchDrives: () => Promise.reject(new Error("nothing is watched")),
      signal: interruption.signal,
    });
    return { exitCode, stdin, written: () => written };
  }

  it("serves a drive for each disc until it is interrupted, and says who uses them", async () => {
    const { exitCode, written } = emulate(sample, sample);
    await expect.poll(written).toMatch(/--busid 1-2\n/);
    expect(written()).toMatch(/^1-1: .*sample\.iso\n {2}attach it with: usbip --tcp-port \d+ /);
    const port = Number(/--tcp-port (\d+)/.exec(written())?.[1]);
    {
      await using client = await RawClient.connect(port);
      client.send(importOf("1-2"));
      expect(await client.read(8)).toBe("0111000300000000");
      await expect.poll(written).toMatch(/1-2: attached by 127\.0\.0\.1:\d+\n/);
    }
    await expect.poll(written).toMatch(/1-2: 127\.0\.0\.1:\d+ has gone\n/);
    interruption.abort(new InterruptedError("SIGINT"));
    expect(await exitCode).toBe(0);
    await expect(RawClient.connect(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it("is for this computer alone, unless told otherwise", async () => {
    const refused = await runCommand(["emulate", sample, "--host", "0.0.0.0"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(/whoever reaches this computer .* add --expose/);
    const { exitCode, written } = emulate(sample, "--host", "0.0.0.0", "--expose");
    await expect.poll(written).toMatch(/--busid 1-1\n/);
    interruption.abort();
    expect(await exitCode).toBe(0);
  });

  it("does as it is told on standard input", async () => {
    const { exitCode, stdin, written } = emulate(sample, sample, "--control");
    await expect.poll(written).toMatch(/--busid 1-2\n/);
    for (const [line, answer] of [
      ["1-1 eject", /\n1-1: the tray is open\n$/],
      ["1-1 load", /\n1-1: the tray is closed\n$/],
      ["1-2 press", /\n1-2: the tray is open\n$/],
      [`1-2 insert ${sample}`, /\n1-2: the tray is closed\n$/],
      ["1-2 insert nowhere.iso", /\nusb-dvd: The virtual drive cannot use nowhere\.iso: .*\n$/],
      ["1-1 remove", /\n1-1: the tray is closed\n$/],
      ["eject", /\nWhich drive\? There is 1-1, 1-2: /],
      ["1-1 kick", /\n"kick" is nothing to do with a drive\. There is eject, /],
    ] as const) {
      stdin.write(`${line}\n`);
      await expect.poll(written).toMatch(answer);
    }
    interruption.abort();
    expect(await exitCode).toBe(0);
  });

  it("prints the commands that a drive gets, and has it set to a region", async () => {
    const { exitCode, written } = emulate(sample, "--log", "--region", "2");
    await expect.poll(written).toMatch(/--busid 1-1\n/);
    const port = Number(/--tcp-port (\d+)/.exec(written())?.[1]);
    await using client = await RawClient.connect(port);
    const cbw = (cdb: string, length: string) =>
      `55534243 01000000 ${length}000000 80 00 0c ${cdb.padEnd(32, "0")}`;
    client.send(importOf("1-1"), submit(1, "out", 0, 0, { setup: setConfiguration }));
    client.send(submit(2, "out", 2, 31) + cbw("000000000000", "00"), submit(3, "in", 1, 13));
    await expect
      .poll(written)
      .toMatch(/1-1: TEST UNIT READY 00( 00){11}: 06\/29\/00, power on, reset/i);
    client.send(submit(4, "out", 2, 31) + cbw("a40000000000000000080800", "08"));
    client.send(submit(5, "in", 1, 8), submit(6, "in", 1, 13));
    await expect.poll(written).toMatch(/1-1: REPORT KEY A4 00 00 .*00\n$/);
    // Type "set", four resets and four changes left, the mask of region 2, RPC-II.
    await client.read(8 + 312 + 48 + 48 + 48 + 13 + 48 + 48);
    expect(await client.read(8)).toBe("0006000064fd0100");
    interruption.abort();
    expect(await exitCode).toBe(0);
  });

  it("is the drive, with the disc, that the options tell of", async () => {
    const { exitCode, stdin, written } = emulate(
      ...[sample, "--control", "--vendor", "ACME", "--product", "Burner", "--revision", "7.01"],
      ...["--serial", "00000000CAFE", "--usb-id", "0e8d:1836", "--speed", "super"],
      ...["--protection", "css", "--disc-regions", "2,4"],
    );
    await expect.poll(written).toMatch(/--busid 1-1\n/);
    const port = /--tcp-port (\d+)/.exec(written())?.[1] ?? "";
    const remote = ["--drive", `usbip://127.0.0.1:${port}/1-1`];
    const info = await runCommand(["info", "--json", ...remote]);
    expect(JSON.parse(info.stdout)).toMatchObject({
      identity: {
        ...{ vendor: "ACME", product: "Burner", revision: "7.01", serialNumber: "00000000CAFE" },
        usb: { vendorId: 0x0e8d, productId: 0x1836, speed: "super" },
      },
    });
    const region = await runCommand(["region", ...remote]);
    expect(region.stdout).toMatch(/^disc {4}\. x \. x \. \. \. \.$/m);
    stdin.write("unplug\n");
    await expect.poll(written).toMatch(/1-1: is unplugged\n/);
    expect(await runCommand(["info", ...remote])).toMatchObject({ exitCode: 3 });
    stdin.write("plug\n");
    await expect.poll(written).toMatch(/1-1: is plugged in\n/);
    expect(await runCommand(["info", ...remote])).toMatchObject({ exitCode: 0 });
    interruption.abort();
    expect(await exitCode).toBe(0);
  });

  it("goes wrong as a fault script says, from the start or when told to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "usb-dvd-faults-"));
    const script = join(folder, "faults");
    try {
      await writeFile(script, "op=25: sense 04/3e/02\n");
      const { exitCode, stdin, written } = emulate(sample, "--control", "--faults", script);
      await expect.poll(written).toMatch(/--busid 1-1\n/);
      const port = /--tcp-port (\d+)/.exec(written())?.[1] ?? "";
      const read = () =>
        runCommand(["read", join(folder, "out"), "--drive", `usbip://127.0.0.1:${port}/1-1`]);
      const failed = await read();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.stderr).toMatch(/READ CAPACITY.*04\/3E\/02/);
      stdin.write("heal\n");
      await expect.poll(written).toMatch(/1-1: goes right\n/);
      expect(await read()).toMatchObject({ exitCode: 0 });

      await writeFile(script, "op=25: sense 04/3e/02\nop=28: vanish\n");
      stdin.write(`faults ${script}\n`);
      await expect
        .poll(written)
        .toMatch(/usb-dvd: .*faults, line 2 of the fault script: there is no fault "vanish"/);
      interruption.abort();
      expect(await exitCode).toBe(0);
      const refused = await runCommand(["emulate", sample, "--faults", script, "--port", "0"]);
      expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
      expect(refused.stderr).toMatch(/line 2 of the fault script: there is no fault "vanish"/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [["--usb-id", "e8d:1836"], /four hexadecimal digits/],
    [["--vendor", "much too long"], /1 to 8 characters/],
    [["--disc-regions", "1,9"], /number from 1 to 8/],
    [["--protection", "rot13"], /none, css, cppm/],
    [["--faults", "/nowhere"], /The fault script cannot be read: ENOENT/],
    [[sample, "--serial", "1"], /Two drives cannot share a serial number/],
  ])("refuses %j", async (args, reason) => {
    const refused = await runCommand(["emulate", sample, "--port", "0", ...args]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(reason);
  });

  it("says what is wrong with a port, an address or a disc", async () => {
    expect(await runCommand(["emulate", sample, "--port", "70000"])).toMatchObject({ exitCode: 2 });
    const missing = await runCommand(["emulate", "nowhere.iso"]);
    expect(missing).toMatchObject({ exitCode: 3 });
    expect(missing.stderr).toMatch(/cannot use nowhere\.iso/);
    await using other = new UsbIpServer([]);
    const { port } = await other.listen({ port: 0 });
    const taken = await runCommand(["emulate", sample, "--port", String(port)]);
    expect(taken).toMatchObject({ exitCode: 2 });
    expect(taken.stderr).toMatch(/another program listens there/);
  });
});
