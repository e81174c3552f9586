import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";

import { parseConversation, type Message } from "../../usbip-conversation.js";
import { runSession } from "./recorded-session.js";

it("says to a USB/IP server what it said to Linux's, and understands the same answers", async () => {
  const file = join(import.meta.dirname, "captures/kernel-server.txt");
  const conversation = parseConversation(readFileSync(file, "utf8"));
  const busId = Buffer.from(conversation[0]!.data.subarray(8)).toString().replace(/\0+$/, "");
  const mismatches: string[] = [];
  const server = createServer((socket) => {
    void playBack(socket, conversation).catch((error: unknown) => mismatches.push(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { productName, vendorId, volume } = await runSession({ host: "127.0.0.1", port, busId });
    expect(mismatches).toEqual([]);
    expect({ productName, vendorId }).toEqual({
      productName: "QEMU USB HARDDRIVE",
      vendorId: "QEMU",
    });
    // ECMA-119, 8.4: a primary volume descriptor.
    expect(Buffer.from(volume.subarray(0, 6)).toString("latin1")).toBe("\x01CD001");
    expect(volume.length).toBe(2048);
  } finally {
    server.close();
  }
});

/** Answers as in the recording; throws where the client does not say the recorded bytes. */
async function playBack(socket: Socket, conversation: readonly Message[]): Promise<void> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest = Buffer.alloc(0);
  for (const [index, { from, data }] of conversation.entries()) {
    if (from === "server") {
      socket.write(data);
      continue;
    }
    while (rest.length < data.length) {
      const next = await chunks.next();
      if (next.done === true) throw new Error(`The client left before message ${index}.`);
      rest = Buffer.concat([rest, next.value]);
    }
    const said = rest.subarray(0, data.length);
    rest = rest.subarray(data.length);
    if (!said.equals(data)) {
      socket.destroy();
      const wanted = Buffer.from(data).toString("hex");
      throw new Error(`Message ${index} is ${said.toString("hex")}, not ${wanted}`);
    }
  }
  socket.end();
}
