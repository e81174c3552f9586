import type { Command } from "commander";
import { examples, withDriveOptions } from "../options.js";
import type { RegionState } from "../../keys/region-state.js";
import type { CliContext } from "../context.js";
import { UsageError } from "../errors.js";
import { openDrive, type DriveOptions } from "../open-drive.js";

export interface RegionCommandOptions extends DriveOptions {
  readonly json?: boolean;
}

export interface SetRegionCommandOptions extends DriveOptions {
  readonly yes?: boolean;
}

/** `usb-dvd region`: the drive's region, and where the disc plays. */
export async function regionCommand(
  context: CliContext,
  options: RegionCommandOptions,
): Promise<void> {
  await using opened = await openDrive(options, context);
  const { keys } = opened.drive;
  const drive = await keys.readRegion();
  const discRegions = await keys.mediumRegions();
  const { stdout } = context;
  if (options.json === true) {
    stdout.line(JSON.stringify({ drive, discRegions: discRegions ?? null }, undefined, 2));
    return;
  }
  stdout.line(describeRegionState(drive));
  stdout.line();
  stdout.line("        1 2 3 4 5 6 7 8");
  stdout.line(`drive   ${regionMap(drive.regions)}`);
  if (discRegions !== undefined) stdout.line(`disc    ${regionMap(discRegions)}`);
}

/** `usb-dvd region set <n>`: spends one of the drive's few changes, once it was agreed to. */
export async function setRegionCommand(
  context: CliContext,
  text: string,
  options: SetRegionCommandOptions,
): Promise<void> {
  const region = /^[1-8]$/.test(text) ? Number(text) : undefined;
  if (region === undefined) throw new UsageError(`'${text}' is no region: give one of 1 to 8.`);
  await using opened = await openDrive(options, context);
  const { keys } = opened.drive;
  const before = await keys.readRegion();
  const { stdout, stderr } = context;
  stderr.line(describeRegionState(before));
  if (options.yes !== true && !isSetTo(before, region)) await askFirst(context, before, region);
  const after = await keys.setRegion(region, { confirm: before.userChanges });
  stdout.line(describeRegionState(after));
}

async function askFirst(
  { ask, signal }: CliContext,
  { userChanges }: RegionState,
  region: number,
): Promise<void> {
  if (ask === undefined) {
    throw new UsageError(
      "A region change cannot be taken back, and there is no terminal to ask at. Add --yes if you " +
        "mean it.",
    );
  }
  const answer = await ask(
    `Region ${region} costs one of ${userChanges} changes, for good. Type yes to set it: `,
    signal,
  );
  if (answer.trim().toLowerCase() !== "yes") throw new UsageError("Nothing was changed.");
}

/** For instance `Region set (RPC-II). Changes left: 4, vendor resets: 4.` */
export function describeRegionState({
  state,
  scheme,
  userChanges,
  vendorResets,
}: RegionState): string {
  const left = `Changes left: ${userChanges}, vendor resets: ${vendorResets}.`;
  return `${stateTexts[state]} (${scheme.name}). ${left}`;
}

const stateTexts: Readonly<Record<RegionState["state"], string>> = {
  none: "No region yet",
  set: "Region set",
  lastChance: "Region set, one change left",
  permanent: "Region permanent",
};

/** The eight regions as `1 2 3 4 5 6 7 8` has them above: a mark for each that plays. */
function regionMap(regions: readonly number[]): string {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((region) => (regions.includes(region) ? "x" : ".")).join(" ");
}

function isSetTo({ regions }: RegionState, region: number): boolean {
  return regions.length === 1 && regions[0] === region;
}

/** Adds the command to the program. */
export function defineRegion(program: Command, context: CliContext): void {
  const region = withDriveOptions(
    program.command("region").description("show the drive's region, and where the disc plays"),
  )
    .option("--json", "as JSON")
    .addHelpText("after", examples("usb-dvd region", "usb-dvd region set 2 --drive usb:2-1.4"))
    .action((options: RegionCommandOptions) => regionCommand(context, options));

  withDriveOptions(
    region
      .command("set")
      .description("set the drive's region, which spends one of its few changes for good")
      .argument("<region>", "1 to 8"),
  )
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("usb-dvd region set 2", "usb-dvd region set 2 --yes"))
    .action((text: string, _options: unknown, command: Command) =>
      setRegionCommand(context, text, command.optsWithGlobals<SetRegionCommandOptions>()),
    );
}
