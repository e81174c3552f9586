import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  BulkOnlyDevice,
  discFromBytes,
  FaultScript,
  UsbIpServer,
  VirtualDrive,
} from "../../../src/virtual/node.js";
import { parseConversation } from "../../usbip-conversation.js";
import { RawClient } from "./client.js";

/**
 * The drive of the recording: a disc of zeros, and one command that is never answered. The kernel has
 * heard that it was switched on, by a command that the recording leaves out.
 */
function recordedDrive(): BulkOnlyDevice {
  const drive = new VirtualDrive({ disc: discFromBytes(new Uint8Array(131_072)) });
  const testUnitReady = new Uint8Array(6);
  void drive.execute(testUnitReady);
  return new BulkOnlyDevice(drive, { faults: FaultScript.parse("op=c0 phase=data: silence") });
}

describe("what Linux and its usbip say to a USB/IP server", () => {
  let server: UsbIpServer;
  let port: number;

  beforeEach(async () => {
    server = new UsbIpServer([recordedDrive()]);
    ({ port } = await server.listen({ port: 0 }));
  });
  afterEach(() => server.close());

  it.each(["kernel-list.txt", "kernel-attach.txt"])("is answered as in %s", async (name) => {
    const file = join(import.meta.dirname, "captures", name);
    const conversation = parseConversation(readFileSync(file, "utf8"));
    expect(conversation.length).toBeGreaterThan(1);
    await using client = await RawClient.connect(port);
    for (const { from, data } of conversation) {
      if (from === "client") client.send(data);
      else expect(await client.read(data.length)).toBe(Buffer.from(data).toString("hex"));
    }
  });
});
