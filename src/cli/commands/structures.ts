import type { Command } from "commander";
import { bytesAsHex } from "../../bytes.js";
import {
  discStructureFormats,
  readBurstCuttingArea,
  readCopyrightInformation,
  readDiscStructureList,
  readManufacturerInformation,
  readPhysicalFormat,
} from "../../mmc/read-disc-structure.js";
import type { Executor } from "../../scsi/executor.js";
import { isSenseError } from "../../scsi/sense-error.js";
import type { CliContext } from "../context.js";
import { hexDump } from "../hex.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";
import { readableMedium } from "../readable-medium.js";

export interface StructuresCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

/** In the words of MMC-6, table 410. */
const formatNames: Readonly<Record<number, string>> = {
  0x00: "physical format",
  0x01: "copyright",
  0x02: "disc key",
  0x03: "burst cutting area",
  0x04: "manufacturer",
  0x05: "copyright management",
  0x06: "media identifier",
  0x07: "media key block",
  0x0e: "pre-recorded information",
  0x10: "format information",
  0x11: "ADIP information",
  0x20: "layer boundary",
  0x30: "write protection",
  0xff: "list of structures",
};

/** `usb-dvd structures`: what is recorded of the disc in its lead-in. */
export async function structuresCommand(
  context: CliContext,
  options: StructuresCommandOptions,
): Promise<void> {
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  await readableMedium(drive);
  const { burstCuttingArea, manufacturer } = discStructureFormats;
  const found = {
    list: await ifPresent(drive, readDiscStructureList()),
    physical: await ifPresent(drive, readPhysicalFormat()),
    copyright: await ifPresent(drive, readCopyrightInformation()),
    burstCuttingArea: await ifPresent(drive, readBurstCuttingArea()),
    manufacturer: await ifPresent(drive, readManufacturerInformation()),
  };
  const { stdout } = context;
  if (options.json === true) {
    stdout.line(JSON.stringify(found, bytesAsHex, 2));
    return;
  }
  for (const { format, readable, sendable, length } of found.list ?? []) {
    const ways = [readable && "readable", sendable && "sendable"].filter(Boolean).join(", ");
    stdout.line(`${code(format)}  ${String(length).padStart(6)} bytes  ${ways}  ${nameOf(format)}`);
  }
  for (const name of ["physical", "copyright"] as const) {
    const fields = found[name];
    if (fields === undefined) continue;
    stdout.line(`\n${nameOf(discStructureFormats[name])}`);
    for (const [field, value] of Object.entries(fields)) stdout.line(`  ${field}: ${text(value)}`);
  }
  for (const [format, data] of [
    [burstCuttingArea, found.burstCuttingArea],
    [manufacturer, found.manufacturer?.some((byte) => byte !== 0) ? found.manufacturer : undefined],
  ] as const) {
    if (data !== undefined) stdout.line(`\n${nameOf(format)}\n${hexDump(data)}`);
  }
}

/** Not every disc has every structure, nor every drive every format. */
async function ifPresent<Reply>(
  drive: Executor,
  command: Parameters<Executor["execute"]>[0] & { decode(data: Uint8Array): Reply },
): Promise<Reply | undefined> {
  try {
    return await drive.execute(command);
  } catch (error) {
    if (isSenseError(error, "illegalRequest") || isSenseError(error, "incompatibleMedium")) {
      return undefined;
    }
    throw error;
  }
}

const nameOf = (format: number): string => formatNames[format] ?? "not of this standard";
const code = (format: number): string => `${format.toString(16).padStart(2, "0")}h`;

function text(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  if ("name" in value) return String(value.name);
  const flags = Object.entries(value).filter(([, isSet]) => isSet === true);
  return flags.map(([name]) => name).join(", ");
}

/** Adds the command to the program. */
export function defineStructures(program: Command, context: CliContext): void {
  withDriveOptions(
    program.command("structures").description("show what is recorded in the disc's lead-in"),
  )
    .option("--json", "as JSON")
    .addHelpText("after", examples("usb-dvd structures", "usb-dvd structures --json"))
    .action((options: StructuresCommandOptions) => structuresCommand(context, options));
}
