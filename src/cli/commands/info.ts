import type { Command } from "commander";
import { examples, withDriveOptions } from "../options.js";
import pc from "picocolors";
import type { Capabilities } from "../../drive/capabilities.js";
import type { DriveIdentity } from "../../drive/identity.js";
import type { Medium } from "../../drive/medium.js";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { isPresent, type Presence } from "../../drive/presence.js";
import { KeyError } from "../../keys/errors.js";
import type { RegionState } from "../../keys/region-state.js";
import { isSenseError } from "../../scsi/sense-error.js";
import { formatIds } from "../../usb/locator.js";
import type { CliContext } from "../context.js";
import { formatBytes, formatRate, formatSpeed, wrapped } from "../format.js";
import { describeRegionState } from "./region.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import type { Output } from "../output.js";

export interface InfoCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

interface DriveReport {
  readonly identity: DriveIdentity;
  readonly capabilities: Capabilities;
  readonly presence: Presence;
  readonly medium: Medium | undefined;
  /** Undefined where the drive has no regions. */
  readonly region: RegionState | undefined;
  /** In bytes a second. */
  readonly readSpeeds: readonly number[];
}

/** `usb-dvd info`: a drive, what it can do, and the disc in it. */
export async function infoCommand(context: CliContext, options: InfoCommandOptions): Promise<void> {
  await using opened = await openDrive(options, context);
  const { drive } = opened;
  const medium = await drive.medium();
  const report: DriveReport = {
    identity: drive.identity,
    capabilities: await drive.capabilities(),
    presence: await drive.presence(),
    medium,
    region: await regionOf(drive),
    readSpeeds: medium === undefined ? [] : await drive.readSpeeds(),
  };
  const { stdout } = context;
  stdout.line(options.json === true ? toJson(report) : toText(report, stdout));
}

/** A drive that knows no regions says so in one way or another. */
async function regionOf({ keys }: OpticalDrive): Promise<RegionState | undefined> {
  try {
    return await keys.readRegion();
  } catch (error) {
    if (error instanceof KeyError || isSenseError(error)) return undefined;
    throw error;
  }
}

/** The report for programs: without what only decoders need, and with null for what is not known. */
function toJson(report: DriveReport): string {
  const leaveOut = (key: string, value: unknown): unknown =>
    key === "data" ? undefined : value === undefined ? null : value;
  return JSON.stringify(report, leaveOut, 2);
}

function toText(report: DriveReport, { isTerminal, hasColours, columns: all }: Output): string {
  const { bold } = pc.createColors(hasColours);
  const columns = isTerminal ? all : Infinity;
  const lines = [...driveLines(report), ...discLines(report)];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => {
      const text = wrapped(value ?? "", columns - width - 3).join(`\n${" ".repeat(width + 2)}`);
      return `${bold(label.padEnd(width))}  ${text}`;
    })
    .join("\n");
}

type Line = readonly [label: string, value: string | undefined];

function regionText(region: RegionState): string {
  const state = describeRegionState(region).replace(/\.$/, "");
  return region.regions.length === 1 ? `${region.regions[0] ?? ""}: ${state}` : state;
}

function driveLines({ identity, capabilities, region }: DriveReport): Line[] {
  const { vendor, product, revision, serialNumber, usb } = identity;
  const { profiles, features, loadingMechanism, cssVersion, maxReadSpeed, bufferBytes } =
    capabilities;
  const bridge = [usb.manufacturerName, usb.productName].filter(Boolean).join(" ");
  return [
    ["Drive", `${vendor} ${product}`.trim()],
    ["Firmware", revision],
    ["Serial", serialNumber],
    ["USB", `${formatIds(usb)} at ${usb.location}, ${usb.speed} speed${bridge && `, ${bridge}`}`],
    ["Handles", profiles?.map(({ name }) => name).join(", ")],
    ["Loading", loadingMechanism],
    ["CSS", cssVersion === undefined ? undefined : `can authenticate, version ${cssVersion}`],
    [
      "Features",
      features &&
        `${features.length}, of which ${features.filter(({ current }) => current).length} now`,
    ],
    ["Region", region && regionText(region)],
    ["Top speed", maxReadSpeed === undefined ? undefined : formatRate(maxReadSpeed)],
    ["Buffer", bufferBytes === undefined ? undefined : formatBytes(bufferBytes)],
  ];
}

const presenceTexts: Readonly<Record<Presence, string>> = {
  ready: "ready",
  becomingReady: "being looked at",
  unusable: "the drive cannot use it",
  noMedium: "none",
  trayOpen: "none, the tray is open",
};

function discLines({ presence, medium, readSpeeds }: DriveReport): Line[] {
  if (medium === undefined || !isPresent(presence)) return [["Disc", presenceTexts[presence]]];
  const { name, status, blocks, bytes, blockLength, layers, layerBreakLba, copyright, kind } =
    medium;
  const speeds = readSpeeds.map((speed) => (kind ? formatSpeed(speed, kind) : formatRate(speed)));
  return [
    ["Disc", status === "empty" ? `${name}, blank` : name],
    ["Size", `${formatBytes(bytes)} (${blocks} blocks of ${blockLength} bytes)`],
    [
      "Layers",
      layers === undefined
        ? undefined
        : `${layers}${layerBreakLba === undefined ? "" : `, the second from LBA ${layerBreakLba} on`}`,
    ],
    ["Protection", copyright?.protection.name],
    [
      "Regions",
      copyright === undefined || copyright.regions.length === 8
        ? copyright && "all"
        : copyright.regions.join(", "),
    ],
    ["Read speeds", speeds.length === 0 ? undefined : speeds.join(", ")],
  ];
}

/** Adds the command to the program. */
export function defineInfo(program: Command, context: CliContext): void {
  withDriveOptions(program.command("info").description("show a drive and the disc in it"))
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples("usb-dvd info", "usb-dvd info --drive usb:2-1.4", "usb-dvd info --json"),
    )
    .action((options: InfoCommandOptions) => infoCommand(context, options));
}
