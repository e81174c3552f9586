import { KeyError } from "./errors.js";
import type { RegionState } from "./region-state.js";

/** Throws `KeyError` where `region` is none of 1 to 8. */
export function checkRegion(region: number): void {
  if (Number.isInteger(region) && region >= 1 && region <= 8) return;
  throw new KeyError("REGION_INVALID", `A drive is set to one region of 1 to 8, not to ${region}.`);
}

/** Throws `KeyError` where the drive's region cannot be changed at all. */
export function checkChangeable(state: RegionState): void {
  if (state.scheme.name !== "RPC-II") {
    throw new KeyError(
      "REGION_NOT_RPC2",
      "The drive does not keep a region of its own (RPC-II), so that there is none to set.",
    );
  }
  if (state.state === "permanent") {
    throw new KeyError("REGION_PERMANENT", "The drive's region is permanent.");
  }
  if (state.userChanges === 0) {
    throw new KeyError("REGION_CHANGES_EXHAUSTED", "The drive has no region change left.");
  }
}

/** Throws `KeyError` where the caller has another number of remaining changes in mind. */
export function checkConfirmation({ userChanges }: RegionState, confirmed: number): void {
  if (confirmed === userChanges) return;
  throw new KeyError(
    "REGION_NOT_CONFIRMED",
    `The drive has ${userChanges} region changes left, and ${confirmed} were confirmed. Read the ` +
      `region again, and confirm the remaining changes as read.`,
  );
}
