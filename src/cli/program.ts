import tab from "@bomb.sh/tab/commander";
import { Command, CommanderError } from "commander";
import { defineCat } from "./commands/cat.js";
import { defineCopy } from "./commands/copy.js";
import { defineEmulate } from "./commands/emulate.js";
import { defineInfo } from "./commands/info.js";
import { defineKeys } from "./commands/keys.js";
import { defineList } from "./commands/list.js";
import { defineLs } from "./commands/ls.js";
import { defineRead } from "./commands/read.js";
import { defineRegion } from "./commands/region.js";
import { defineTray } from "./commands/tray.js";
import { defineFeatures } from "./commands/features.js";
import { defineRaw } from "./commands/raw.js";
import { defineSense } from "./commands/sense.js";
import { defineSpeed } from "./commands/speed.js";
import { defineStructures } from "./commands/structures.js";
import { defineToc } from "./commands/toc.js";
import { defineWatch } from "./commands/watch.js";
import type { CliContext } from "./context.js";
import { exitCodes, type ExitCode } from "./exit-codes.js";
import { reportError } from "./report-error.js";

/** In the order in which the help shows them. */
const commands = [
  defineList,
  defineInfo,
  defineWatch,
  defineRead,
  defineLs,
  defineCat,
  defineCopy,
  defineTray,
  defineSpeed,
  defineFeatures,
  defineStructures,
  defineToc,
  defineRegion,
  defineKeys,
  defineRaw,
  defineSense,
  defineEmulate,
] as const;

/** Runs one command line, without the program's name, and returns its exit code. */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  context: CliContext,
): Promise<ExitCode> {
  try {
    await createProgram(version, context).parseAsync(args, { from: "user" });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    }
    // Whatever an interruption made fail, it is the interruption that is to be told.
    return reportError(context.signal.aborted ? context.signal.reason : error, context.stderr);
  }
}

/** The whole command line, as it is parsed, completed and written down in the manual. */
export function createProgram(version: string, context: CliContext): Command {
  const program = new Command("usb-dvd")
    .description("Talks to USB DVD drives without the operating system's disc driver.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.stream.write(text),
      writeErr: (text) => context.stderr.stream.write(text),
    })
    .showHelpAfterError("Try 'usb-dvd help <command>'.");

  for (const define of commands) define(program, context);
  program.hook("preAction", (_program, command) => {
    context.stderr.isQuiet = command.optsWithGlobals<{ quiet?: boolean }>().quiet === true;
  });
  tab(program, { completionCommandName: "completion" });
  return program;
}
