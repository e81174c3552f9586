import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { UsbCapture } from "./usb-capture.js";

const run = promisify(execFile);

const fields = [
  "scsi_mmc.opcode",
  "scsi_mmc.key_class",
  "scsi_mmc.key_format",
  "scsi_mmc.agid",
  "scsi_mmc.report_key.type_code",
  "scsi_mmc.report_key.vendor_resets",
  "scsi_mmc.report_key.user_changes",
  "scsi_mmc.report_key.region_mask",
  "scsi_mmc.report_key.rpc_scheme",
] as const;

type Dissected = Readonly<Record<(typeof fields)[number], string>>;

/** What tshark makes of a capture: the packets in which it sees one of the fields. */
async function dissect(capture: UsbCapture): Promise<Dissected[]> {
  const folder = await mkdtemp(join(tmpdir(), "usb-dvd-tshark-"));
  try {
    const path = join(folder, "capture.pcap");
    await writeFile(path, capture.toPcap());
    const columns = fields.flatMap((field) => ["-e", field]);
    const { stdout } = await run("tshark", ["-r", path, "-T", "fields", ...columns]);
    return stdout
      .split("\n")
      .map((line) => line.split("\t"))
      .filter((values) => values.some((value) => value !== ""))
      .map(
        (values) =>
          Object.fromEntries(
            fields.map((field, index) => [field, values[index] ?? ""]),
          ) as Dissected,
      );
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("is to tshark what it is meant to be: REPORT KEY and the region", async () => {
  const disc = discFromBytes(new Uint8Array(64 * 2048), {
    copyright: { protection: "css", regionMask: 0b1111_1101 },
    titleKeys: [{ firstLba: 16, lastLba: 63, key: new Uint8Array(5).fill(1) }],
  });
  const region = { type: "set", mask: 0xfd, userChanges: 3, vendorResets: 2 } as const;
  const device = new VirtualUsbDevice(new VirtualDrive({ disc, region }));
  const connection = await openWebUsb(device);
  const capture = new UsbCapture();
  await capture.describe(device);
  await using drive = await OpticalDrive.open(capture.tap(connection));

  const state = await drive.keys.readRegion();
  const others = await drive.keys.startSession();
  const session = await drive.keys.startSession();
  await session.authenticate(standInAuthenticator().host);
  await session.readTitleKey({ lba: 20 });
  await others.end();

  const dissected = await dissect(capture);
  const commands = dissected
    .filter((packet) => packet["scsi_mmc.key_format"] !== "")
    .map((packet) => [packet["scsi_mmc.key_format"], packet["scsi_mmc.agid"]]);
  expect(commands).toEqual([
    ["0x08", ""], // answered by the unit attention of a drive that was just plugged in
    ["0x08", ""],
    ["0x00", ""],
    ["0x00", ""],
    ["0x02", "0x01"],
    ["0x01", "0x01"],
    ["0x05", ""],
    ["0x04", "0x01"],
    ["0x3f", "0x00"],
  ]);
  // tshark 4.0 has no SEND KEY: it takes A3h for SPC's MANAGEMENT PROTOCOL IN, also from an optical
  // drive. All that can be held against it is how many there were: CBW, data and CSW of two.
  const sendKey = dissected.filter((packet) => packet["scsi_mmc.opcode"] === "0xa3");
  expect(sendKey).toHaveLength(6);

  const rpc = dissected.find((packet) => packet["scsi_mmc.report_key.rpc_scheme"] !== "");
  expect(Number(rpc?.["scsi_mmc.report_key.vendor_resets"])).toBe(state.vendorResets);
  expect(Number(rpc?.["scsi_mmc.report_key.user_changes"])).toBe(state.userChanges);
  expect(Number(rpc?.["scsi_mmc.report_key.type_code"])).toBe(1);
  expect(Number(rpc?.["scsi_mmc.report_key.region_mask"])).toBe(0xfd);
  expect(Number(rpc?.["scsi_mmc.report_key.rpc_scheme"])).toBe(state.scheme.code);
});
