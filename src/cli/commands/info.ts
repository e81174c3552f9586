import type { Command } from "commander";
import { examples, withDriveOptions } from "../options.js";
import pc from "picocolors";
import type { Capabilities } from "../../drive/capabilities.js";
import type { DriveIdentity } from "../../drive/identity.js";
import type { Medium } from "../../drive/medium.js";
import { isPresent, type Presence } from "../../drive/presence.js";
import { formatIds } from "../../usb/locator.js";
import type { CliContext } from "../context.js";
import { formatBytes, formatRate, formatSpeed } from "../format.js";
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
    readSpeeds: medium === undefined ? [] : await drive.readSpeeds(),
  };
  const { stdout } = context;
  stdout.line(options.json === true ? toJson(report) : toText(report, stdout));
}

/** The report for programs: without what only decoders need, and with null for what is not known. */
function toJson(report: DriveReport): string {
  const leaveOut = (key: string, value: unknown): unknown =>
    key === "data" ? undefined : value === undefined ? null : value;
  return JSON.stringify(report, leaveOut, 2);
}

function toText(report: DriveReport, { isTerminal }: Output): string {
  const { bold } = pc.createColors(isTerminal && pc.isColorSupported);
  const lines = [...driveLines(report), ...discLines(report)];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${bold(label.padEnd(width))}  ${value ?? ""}`)
    .join("\n");
}

type Line = readonly [label: string, value: string | undefined];

function driveLines({ identity, capabilities }: DriveReport): Line[] {
  const { vendor, product, revision, serialNumber, usb } = identity;
  const { profiles, loadingMechanism, cssVersion, maxReadSpeed, bufferBytes } = capabilities;
  const bridge = [usb.manufacturerName, usb.productName].filter(Boolean).join(" ");
  return [
    ["Drive", `${vendor} ${product}`.trim()],
    ["Firmware", revision],
    ["Serial", serialNumber],
    ["USB", `${formatIds(usb)} at ${usb.location}, ${usb.speed} speed${bridge && `, ${bridge}`}`],
    ["Handles", profiles?.map(({ name }) => name).join(", ")],
    ["Loading", loadingMechanism],
    ["CSS", cssVersion === undefined ? undefined : `can authenticate, version ${cssVersion}`],
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
