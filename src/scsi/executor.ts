import type { LogicalUnit, UnitExecuteOptions } from "./logical-unit.js";
import { isSenseError } from "./sense-error.js";
import type { Command } from "./command.js";

/** Whatever carries out commands: a logical unit, or the drive that it belongs to. */
export type Executor = Pick<LogicalUnit, "execute">;

/** The command's reply; undefined where the drive does not have it, or not for this medium. */
export async function executeIfSupported<Reply>(
  executor: Executor,
  command: Command<Reply>,
  options?: UnitExecuteOptions,
): Promise<Reply | undefined> {
  try {
    return await executor.execute(command, options);
  } catch (error) {
    if (isSenseError(error, "illegalRequest")) return undefined;
    throw error;
  }
}
