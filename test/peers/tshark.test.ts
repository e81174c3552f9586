import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { operationName } from "../../src/trace/operation-names.js";
import { pcapngObserver, trace } from "../../src/trace/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/index.js";
import { pluggedIn, runCommand } from "../cli/run.js";
import { dissect } from "./tshark.js";

let folder: string;
let capture: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "usb-dvd-tshark-"));
  capture = join(folder, "capture.pcapng");
});
afterEach(() => rm(folder, { recursive: true }));

const region = { type: "set", mask: 0xfd, userChanges: 3, vendorResets: 2 } as const;
const rpcFields = [
  "scsi_mmc.report_key.type_code",
  "scsi_mmc.report_key.vendor_resets",
  "scsi_mmc.report_key.user_changes",
  "scsi_mmc.report_key.region_mask",
  "scsi_mmc.report_key.rpc_scheme",
] as const;

/** As the standards and tshark write names, made alike. */
const alike = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/^readcapacity10$/, "readcapacity");

describe("a trace, to tshark", () => {
  it.each([
    ["info", []],
    ["region", []],
    ["read", ["disc.iso"]],
  ])("has every command of %s by its name, with its fields", async (command, paths) => {
    const cdbs: Uint8Array[] = [];
    const disc = discFromBytes(new Uint8Array(500 * 2048));
    const drive = new VirtualDrive({
      disc,
      region,
      onCommand: ({ cdb }) => cdbs.push(cdb.slice()),
    });
    const args = [command, ...paths.map((path) => join(folder, path)), "--trace", capture];
    const { exitCode } = await runCommand(args, { drives: [pluggedIn(drive, "1-1")] });
    expect(exitCode).toBe(0);

    const seen = await dissect(
      capture,
      [
        "_ws.col.Info",
        "scsi_sbc.rdwr10.lba",
        "scsi_sbc.rdwr10.xferlen",
        "scsi_mmc.key_format",
        "scsi_mmc.key_class",
        "usbms.dCBWDataTransferLength",
      ],
      "usbms.dCBWTag && usbms.dCBWDataTransferLength",
    );
    const names = seen.map((packet) => /SCSI: (.*?) LUN/.exec(packet["_ws.col.Info"])?.[1] ?? "");
    expect(names.map(alike)).toEqual(cdbs.map((cdb) => alike(operationName(cdb[0]))));
    for (const [index, packet] of seen.entries()) {
      const cdb = Buffer.from(cdbs[index]!);
      if (cdb[0] === 0x28) {
        expect(Number(packet["scsi_sbc.rdwr10.lba"])).toBe(cdb.readUInt32BE(2));
        expect(Number(packet["scsi_sbc.rdwr10.xferlen"])).toBe(cdb.readUInt16BE(7));
        expect(Number(packet["usbms.dCBWDataTransferLength"])).toBe(cdb.readUInt16BE(7) * 2048);
      }
      if (cdb[0] === 0xa4) {
        expect(Number(packet["scsi_mmc.key_format"])).toBe(cdb[10]! & 0x3f);
        expect(Number(packet["scsi_mmc.key_class"])).toBe(cdb[7]);
      }
    }
    if (command !== "region") return;
    const [rpc] = await dissect(capture, rpcFields, "scsi_mmc.report_key.rpc_scheme");
    expect(rpcFields.map((field) => Number(rpc?.[field]))).toEqual([1, 2, 3, 0xfd, 1]);
  });

  it("says of REPORT KEY what is meant: its formats, its AGIDs, the region", async () => {
    const disc = discFromBytes(new Uint8Array(64 * 2048), {
      copyright: { protection: "css", regionMask: 0b1111_1101 },
      titleKeys: [{ firstLba: 16, lastLba: 63, key: new Uint8Array(5).fill(1) }],
    });
    const connection = await openWebUsb(new VirtualUsbDevice(new VirtualDrive({ disc, region })));
    const file = openSync(capture, "w");
    const observer = pcapngObserver(connection, (bytes) => writeSync(file, bytes));
    const drive = await OpticalDrive.open(trace(connection, observer));
    const state = await drive.keys.readRegion();
    const others = await drive.keys.startSession();
    const session = await drive.keys.startSession();
    await session.authenticate(standInAuthenticator().host);
    await session.readTitleKey({ lba: 20 });
    await others.end();
    await drive.close();
    closeSync(file);

    const reports = await dissect(
      capture,
      ["scsi_mmc.key_format", "scsi_mmc.agid"],
      "scsi_mmc.key_format",
    );
    expect(
      reports.map((packet) => [packet["scsi_mmc.key_format"], packet["scsi_mmc.agid"]]),
    ).toEqual([
      ["0x08", ""], // answered by the unit attention of a drive that was just plugged in
      ["0x08", ""],
      ["0x00", ""],
      ["0x00", ""],
      ["0x02", "0x01"],
      ["0x01", "0x01"],
      ["0x05", ""],
      ["0x04", "0x01"],
      ["0x3f", "0x00"],
      ["0x3f", "0x01"],
    ]);
    // tshark 4.0 has no SEND KEY: it takes A3h for SPC's MANAGEMENT PROTOCOL IN, also from an optical
    // drive. All that can be held against it is how many there were: CBW, data and CSW of two.
    expect(await dissect(capture, ["scsi_mmc.opcode"], "scsi_mmc.opcode == 0xa3")).toHaveLength(6);

    const [rpc] = await dissect(capture, rpcFields, "scsi_mmc.report_key.rpc_scheme");
    expect(rpcFields.map((field) => Number(rpc?.[field]))).toEqual([
      1,
      state.vendorResets,
      state.userChanges,
      0xfd,
      state.scheme.code,
    ]);
  });
});
