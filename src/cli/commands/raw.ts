import { readFile } from "node:fs/promises";
import { InvalidArgumentError, type Command } from "commander";
import type { OpticalDrive } from "../../drive/optical-drive.js";
import { commandIn, commandOut, commandWithoutData } from "../../scsi/command.js";
import { isSenseError } from "../../scsi/sense-error.js";
import { testUnitReady } from "../../scsi/test-unit-ready.js";
import { operationName } from "../../trace/index.js";
import type { CliContext } from "../context.js";
import { parseDuration } from "../durations.js";
import { UsageError } from "../errors.js";
import { hexDump, parseHex } from "../hex.js";
import { whyLasting } from "../lasting-commands.js";
import { openDrive, type DriveOptions } from "../open-drive.js";
import { examples, withDriveOptions } from "../options.js";

export interface RawCommandOptions extends DriveOptions {
  /** Bytes to receive. */
  readonly in?: number;
  /** A file whose bytes are sent. */
  readonly out?: string;
  readonly binary?: boolean;
  readonly iKnow?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** How long the CDBs of each group of operation codes are (SPC-4, 4.2.5.1); of others, any length. */
const cdbLengths: Readonly<Record<number, number>> = { 0: 6, 1: 10, 2: 10, 4: 16, 5: 12 };
const longestCdb = 16;
const longestData = 1024 * 1024;

/** `usb-dvd raw <cdb>`: any command, and what comes back. */
export async function rawCommand(
  context: CliContext,
  words: readonly string[],
  options: RawCommandOptions,
): Promise<void> {
  const cdb = parseCdb(words);
  const reason = whyLasting(cdb);
  if (reason !== undefined && options.iKnow !== true) {
    throw new UsageError(`This is not sent: ${reason}. Add --i-know if you mean it.`);
  }
  if (options.in !== undefined && options.out !== undefined) {
    throw new UsageError("A command has data one way at most: give --in or --out.");
  }
  const sent = options.out === undefined ? undefined : await readFile(options.out);
  if (sent !== undefined && (sent.length === 0 || sent.length > longestData)) {
    throw new UsageError(
      `${options.out ?? ""} has ${sent.length} bytes: 1 to ${longestData} can be sent.`,
    );
  }
  const name = operationName(cdb[0]);
  // Nothing is sent twice: nobody knows what it would do the second time.
  const never = { neverRepeat: true, whenNotReady: "report" } as const;
  const { stdout, stderr, signal } = context;
  await using opened = await openDrive(options, context);
  const limits = { signal, ...(options.timeout !== undefined && { timeoutMs: options.timeout }) };
  const { drive } = opened;
  await takeUnitAttention(drive);
  if (options.in !== undefined) {
    const command = commandIn(name, cdb, options.in, (data) => data, never);
    const data = await drive.execute(command, limits);
    if (options.binary === true) await stdout.bytes(data);
    else if (data.length > 0) stdout.line(hexDump(data));
    if (data.length < options.in) stderr.line(`${data.length} of ${options.in} bytes came.`);
  } else if (sent !== undefined) await drive.execute(commandOut(name, cdb, sent, never), limits);
  else await drive.execute(commandWithoutData(name, cdb, never), limits);
}

/** What the drive has to tell of itself first would be taken for an answer to the command. */
async function takeUnitAttention(drive: OpticalDrive): Promise<void> {
  try {
    await drive.execute({ ...testUnitReady(), whenNotReady: "report" });
  } catch (error) {
    if (!isSenseError(error)) throw error;
  }
}

function parseCdb(words: readonly string[]): Uint8Array {
  const cdb = parseHex(words, "command block");
  const [operation = 0] = cdb;
  const length = cdbLengths[operation >> 5];
  if (cdb.length > longestCdb || (length !== undefined && cdb.length !== length)) {
    throw new UsageError(
      `${operationName(operation)} has ${length ?? `1 to ${longestCdb}`} bytes, and these are ` +
        `${cdb.length}.`,
    );
  }
  return cdb;
}

function parseLength(text: string): number {
  const length = Number(text);
  if (/^\d+$/.test(text) && length > 0 && length <= longestData) return length;
  throw new InvalidArgumentError(`It is a number of bytes from 1 to ${longestData}.`);
}

/** Adds the command to the program. */
export function defineRaw(program: Command, context: CliContext): void {
  withDriveOptions(
    program
      .command("raw")
      .description("send any command block, and show what comes back")
      .argument("<cdb...>", "its bytes in hexadecimal"),
  )
    .option("--in <bytes>", "how many bytes may come", parseLength)
    .option("--out <file>", "whose bytes are sent")
    .option("--binary", "what comes as it is, and not as hexadecimal")
    .option("--timeout <time>", "as 10s or 2m", parseDuration)
    .option("--i-know", "also a command that changes the drive or the disc for good")
    .addHelpText(
      "after",
      examples(
        "usb-dvd raw 12 00 00 00 24 00 --in 36",
        "usb-dvd raw 1b0000000200",
        "usb-dvd raw a4:0:0:0:0:0:0:0:0:8:8:0 --in 8",
      ),
    )
    .action((words: readonly string[], options: RawCommandOptions) =>
      rawCommand(context, words, options),
    );
}
