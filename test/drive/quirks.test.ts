import { expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { parseQuirks } from "../../src/transport/quirks.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  discFromBytes,
  FaultScript,
  VirtualDrive,
  VirtualUsbDevice,
  type ExecutedCommand,
} from "../../src/virtual/index.js";

const disc = discFromBytes(new Uint8Array(100 * 2048));

async function openWith(flags: string, faults = "") {
  const commands: ExecutedCommand[] = [];
  const drive = new VirtualDrive({ disc, onCommand: (command) => commands.push(command) });
  const device = new VirtualUsbDevice(drive, { faults: FaultScript.parse(faults) });
  const quirks = parseQuirks(`1209:0001:${flags}`);
  const opened = await OpticalDrive.open(await openWebUsb(device), { quirks });
  return { opened, commands };
}

it("takes off the block that a bridge adds", async () => {
  const { opened } = await openWith("c");
  expect(await opened.medium()).toMatchObject({ blocks: 99, bytes: 99 * 2048 });
});

it("asks for long sense data where a bridge bears it", async () => {
  const requested = ({ commands }: Awaited<ReturnType<typeof openWith>>) =>
    commands.find(({ name }) => name === "REQUEST SENSE")?.cdb[4];
  expect(requested(await openWith("", "op=46 nth=1: sense 06/29/00"))).toBe(18);
  expect(requested(await openWith("a", "op=46 nth=1: sense 06/29/00"))).toBe(96);
});

it("wakes a drive up that wants to be, before anything else", async () => {
  const commands: string[] = [];
  const drive = new VirtualDrive({ disc });
  const wakingDrive = {
    identity: drive.identity,
    parameterLength: (cdb: Uint8Array) => drive.parameterLength(cdb),
    reset: () => drive.reset(),
    failNext: () => undefined,
    reinsertDisc: () => undefined,
    execute: (cdb: Uint8Array, parameters: Uint8Array, hostLength: number) => {
      commands.push(Buffer.from(cdb).toString("hex"));
      const wakesUp = cdb[0] === 0xea;
      return drive.execute(wakesUp ? new Uint8Array(6) : cdb, parameters, hostLength);
    },
  };
  const quirks = parseQuirks("1209:0001:wake-up");
  await OpticalDrive.open(await openWebUsb(new VirtualUsbDevice(wakingDrive)), { quirks });
  expect(commands[0]).toBe("ea000000000001");
  expect(commands.at(-1)).toMatch(/^46/);
});
