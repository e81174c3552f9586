import type { Command } from "commander";
import { getConfiguration } from "../../mmc/get-configuration.js";
import type { Feature } from "../../mmc/feature.js";
import type { CliContext } from "../context.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";

export interface FeaturesCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

/** `usb-dvd features`: what the drive can do, and what of it with this disc. */
export async function featuresCommand(
  context: CliContext,
  options: FeaturesCommandOptions,
): Promise<void> {
  await using opened = await openDrive(options, context);
  const { currentProfile, features } = await opened.drive.execute(getConfiguration());
  const { stdout } = context;
  if (options.json === true) {
    const plain = features.map(({ data, ...feature }) => ({
      ...feature,
      data: Buffer.from(data).toString("hex"),
    }));
    stdout.line(JSON.stringify({ currentProfile, features: plain }, undefined, 2));
    return;
  }
  stdout.line(`Current profile: ${currentProfile.name}`);
  stdout.line("code  version  now  feature");
  for (const feature of features) stdout.line(describe(feature));
}

function describe(feature: Feature): string {
  const { code, version, current, persistent, name, data } = feature;
  const now = persistent ? "always" : current ? "yes" : "-";
  const facts = feature.known ? factsOf(feature.fields) : Buffer.from(data).toString("hex");
  return [
    code.toString(16).padStart(4, "0"),
    String(version).padStart(7),
    now.padEnd(6),
    `${name ?? "not of this standard"}${facts && `: ${facts}`}`,
  ].join("  ");
}

/** The fields that say something, by their own names. */
function factsOf(fields: object): string {
  return Object.entries(fields)
    .flatMap(([name, value]: [string, unknown]) => {
      if (value === true) return [name];
      if (typeof value === "number" || typeof value === "string") return [`${name} ${value}`];
      if (Array.isArray(value)) return [value.map(nameOf).join(", ")];
      return typeof value === "object" && value !== null && "name" in value
        ? [`${name} ${String(value.name)}`]
        : [];
    })
    .join(", ");
}

function nameOf(value: unknown): string {
  const isNamed = typeof value === "object" && value !== null && "name" in value;
  return isNamed ? String(value.name) : String(value);
}

/** Adds the command to the program. */
export function defineFeatures(program: Command, context: CliContext): void {
  withDriveOptions(
    program.command("features").description("show what the drive can do, and what of it now"),
  )
    .option("--json", "as JSON")
    .addHelpText("after", examples("usb-dvd features", "usb-dvd features --json"))
    .action((options: FeaturesCommandOptions) => featuresCommand(context, options));
}
