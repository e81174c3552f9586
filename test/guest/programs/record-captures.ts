/**
 * What the kernel and Debian's `usbip` say to our server, and our client to Debian's `usbipd` and the
 * kernel. Runs in the guest and writes to `/share`.
 */
import { writeFileSync } from "node:fs";
import { release } from "node:os";

import {
  ConversationSplitter,
  formatConversation,
  type Message,
} from "../../usbip-conversation.js";
import { runSession } from "../../usb/usbip/recorded-session.js";
import { DriveServer } from "../support/drive-server.js";
import { qemuDriveLocation } from "../support/qemu-drive.js";
import { RecordingProxy, type Piece } from "../support/recording-proxy.js";
import { output, sh } from "../support/shell.js";
import { discDevice, genericDevice } from "../support/sysfs.js";
import { Usbipd } from "../support/usbipd.js";
import { attachUsbIp } from "../support/vhci.js";

const image = "/share/blank.iso";
const read10 = 0x28;
const vendorCommand = 0xc0;

const { list, attach } = await record();
const served = await recordUsbipd();
const usbipVersion = (await output(`dpkg-query -W -f '\${Version}' usbip`)).trim();
const origin = `# Debian's usbip ${usbipVersion} and Linux ${release()}, <what>.
# Recorded by \`npx tsx test/guest/record-captures.ts\`.
`;
const ownServer = `to a drive that holds a disc of zeros`;
write("kernel-list.txt", ownServer, [["usbip list --remote", list]]);
write("kernel-attach.txt", ownServer, [
  ["usbip attach, up to INQUIRY", throughStatus(attach, 0)],
  ["READ (10) of one block", throughStatus(attach, commandIndex(attach, read10))],
  [
    "A command that is not answered and taken back, the reset, and the next command",
    throughStatus(attach, commandIndex(attach, vendorCommand)),
  ],
]);

write("kernel-server.txt", "that export QEMU's drive to our client", [
  ["The session of recorded-session.ts", served],
]);

async function recordUsbipd(): Promise<Message[]> {
  const location = await qemuDriveLocation();
  await discDevice(location);
  await using daemon = await Usbipd.start();
  await using shared = await daemon.share(location);
  await using proxy = await RecordingProxy.start(daemon.tcpPort);
  await runSession({ host: "127.0.0.1", port: proxy.tcpPort, busId: shared.busId });
  return split(proxy.conversations[0] ?? []);
}

async function record() {
  await output(`truncate -s 131072 "$1"`, image);
  await using server = await DriveServer.start();
  await using proxy = await RecordingProxy.start(
    await server.call("serve", { disc: { path: image } }),
  );
  await output(`usbip --tcp-port "$1" list --remote 127.0.0.1`, String(proxy.tcpPort));
  {
    await using attached = await attachUsbIp(proxy.tcpPort);
    const disc = await discDevice(attached.location);
    const generic = await genericDevice(attached.location);
    await output(`dd if="$1" of=/dev/null bs=2048 count=1 skip=40 iflag=direct`, disc);
    await server.call("setFaults", "op=c0 phase=data: silence");
    await sh(`sg_raw --timeout=1 "$1" c0 0 0 0 0 0`, [generic]);
    await server.call("setFaults", "");
    await output(`sg_turs "$1"`, generic);
  }
  const [list = [], attach = []] = proxy.conversations;
  return { list: split(list), attach: split(attach) };
}

function split(pieces: readonly Piece[]): Message[] {
  const splitter = new ConversationSplitter();
  for (const piece of pieces) splitter.add(piece);
  return splitter.messages;
}

/** Where the command's wrapper (CBW) is sent: behind the header of 48 bytes, its CDB at byte 15. */
function commandIndex(messages: readonly Message[], opcode: number): number {
  return messages.findIndex(
    ({ from, data }) => from === "client" && startsWith(data, "USBC") && data[48 + 15] === opcode,
  );
}

/** The messages up to the first status wrapper (CSW). */
function throughStatus(messages: readonly Message[], start: number): Message[] {
  const isStatus = ({ from, data }: Message, index: number): boolean =>
    index > start && from === "server" && startsWith(data, "USBS");
  return messages.slice(start, messages.findIndex(isStatus) + 1);
}

function startsWith(data: Uint8Array, signature: string): boolean {
  return Buffer.from(data).toString("latin1", 48, 52) === signature;
}

function write(
  name: string,
  what: string,
  parts: readonly (readonly [string, readonly Message[]])[],
): void {
  const text = parts.map(([title, messages]) => `#\n# ${title}\n${formatConversation(messages)}`);
  writeFileSync(`/share/${name}`, origin.replace("<what>", what) + text.join(""));
}
