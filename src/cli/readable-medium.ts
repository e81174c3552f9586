import { DriveError } from "../drive/errors.js";
import type { Medium } from "../drive/medium.js";
import type { OpticalDrive } from "../drive/optical-drive.js";

/** The disc, once it can be read. Throws `DriveError` where there is none, or a blank one. */
export async function readableMedium(drive: OpticalDrive): Promise<Medium> {
  const medium = await drive.medium();
  if (medium === undefined) {
    throw new DriveError("NO_MEDIUM", "There is no disc in the drive. Insert one and try again.");
  }
  if (medium.blocks === 0) {
    throw new DriveError("BLANK_MEDIUM", "The disc is blank: there is nothing to read on it.");
  }
  return medium;
}
