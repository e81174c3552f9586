import { Writable } from "node:stream";
import { runCommandLine } from "../../src/cli/program.js";
import type { DriveListener } from "../../src/cli/context.js";
import { Output } from "../../src/cli/output.js";
import type { UsbConnection } from "../../src/usb/connection.js";
import type { KernelUnit, UsbDriveCandidate } from "../../src/usb/libusb/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import { VirtualUsbDevice, type VirtualDrive } from "../../src/virtual/index.js";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly drives?: readonly UsbDriveCandidate[];
  readonly signal?: AbortSignal;
  /** Gets what plugs drives in and out, while a command watches for that. */
  readonly onWatch?: (listener: DriveListener) => void;
  /** What is answered at the terminal; there is none without it. */
  readonly answer?: string;
}

/** Runs the command in this process and keeps what it writes. */
export async function runCommand(
  args: readonly string[],
  { drives = [], signal = new AbortController().signal, answer, onWatch }: CommandOptions = {},
): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const capture = (name: keyof typeof written): Output =>
    new Output(
      new Writable({
        write(text: Buffer, _encoding, done) {
          written[name] += text.toString();
          done();
        },
      }),
    );
  const exitCode = await runCommandLine(args, "9.9.9", {
    stdout: capture("stdout"),
    stderr: capture("stderr"),
    listDrives: () => Promise.resolve([...drives]),
    watchDrives: (listener) => {
      onWatch?.(listener);
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
    },
    signal,
    ...(answer !== undefined && { ask: () => Promise.resolve(answer) }),
  });
  return { exitCode, ...written };
}

/** A virtual drive as discovery would find it on the bus. */
export function pluggedIn(
  drive: VirtualDrive,
  location: string,
  options: { readonly kernel?: KernelUnit; readonly open?: () => Promise<UsbConnection> } = {},
): UsbDriveCandidate {
  const { kernel, open = () => openWebUsb(new VirtualUsbDevice(drive)) } = options;
  return {
    info: {
      vendorId: 0x0e8d,
      productId: 0x1836,
      serialNumber: `serial-of-${location}`,
      location,
      speed: "high",
    },
    interfaceNumber: 0,
    alternateSetting: 0,
    ...(kernel && { kernel }),
    open,
  };
}
