import { reportRpcState, type RpcState } from "../mmc/report-key.js";
import type { Executor } from "../scsi/executor.js";
import type { UnitExecuteOptions } from "../scsi/logical-unit.js";

/** The drive's region, and how often it can still be changed. */
export interface RegionState {
  /** `none` means that there never was a region, `lastChance` that the next change is for good. */
  readonly state: RpcState["type"];
  readonly scheme: RpcState["scheme"];
  /** The regions, of 1 to 8, whose discs the drive plays: none while it has no region. */
  readonly regions: readonly number[];
  /** How often the vendor can still give the user changes back. */
  readonly vendorResets: number;
  /** How often the user can still change the region. */
  readonly userChanges: number;
}

/** Asks the drive for its region. */
export async function readRegionState(
  executor: Executor,
  options?: UnitExecuteOptions,
): Promise<RegionState> {
  const { type, scheme, regions, vendorResets, userChanges } = await executor.execute(
    reportRpcState(),
    options,
  );
  return { state: type, scheme, regions, vendorResets, userChanges };
}

/** Whether the drive plays discs of just the same regions in both. */
export function haveSameRegions(one: RegionState, other: RegionState): boolean {
  return one.regions.join() === other.regions.join();
}

/** What a message says of it, for instance `region 2, 4 changes left`. */
export function describeRegion({ regions, userChanges }: RegionState): string {
  const region = regions.length === 0 ? "no region" : `region ${regions.join(", ")}`;
  return `${region}, ${userChanges} ${userChanges === 1 ? "change" : "changes"} left`;
}
