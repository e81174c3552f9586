import type { LogicalUnit } from "../scsi/logical-unit.js";

/** Whatever carries out commands: a logical unit, or the drive that it belongs to. */
export type KeyExecutor = Pick<LogicalUnit, "execute">;
