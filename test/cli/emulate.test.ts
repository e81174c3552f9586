import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";

import { InterruptedError } from "../../src/cli/errors.js";
import { Output } from "../../src/cli/output.js";
import { runCommandLine } from "../../src/cli/program.js";
import { UsbIpServer } from "../../src/virtual/node.js";
import { importOf, RawClient } from "../virtual/usbip/client.js";
import { runCommand } from "./run.js";

const sample = join(import.meta.dirname, "../../examples/sample.iso");

describe("usb-dvd emulate", () => {
  let interruption = new AbortController();
  afterEach(() => interruption.abort());

  /** Runs the command until it is interrupted, and gives what it has written so far. */
  function emulate(...args: readonly string[]) {
    interruption = new AbortController();
    let written = "";
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
      listDrives: () => Promise.resolve([]),
      signal: interruption.signal,
    });
    return { exitCode, written: () => written };
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
