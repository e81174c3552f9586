import type { Command } from "commander";
import { decodeSense, type Sense } from "../../scsi/sense.js";
import { hexByte, senseText } from "../../scsi/sense-text.js";
import { senseKeyNames } from "../../scsi/sense-key.js";
import type { CliContext } from "../context.js";
import { UsageError } from "../errors.js";
import { parseHex } from "../hex.js";
import { examples } from "../options.js";

/** `usb-dvd sense <hex>`: what a drive's sense data say, or its three codes alone. */
export function senseCommand({ stdout }: CliContext, words: readonly string[]): void {
  const data = parseHex(words, "sense data");
  const [key = 0, asc = 0, ascq = 0] = data;
  if (data.length === 3) {
    if (key > 0x0f) throw new UsageError(`${hexByte(key)} is no sense key: they go up to 0F.`);
    stdout.line(`${senseKeyNames[key] ?? ""}: ${senseText(asc, ascq)} (${codes(key, asc, ascq)})`);
    return;
  }
  for (const line of describe(decode(data))) stdout.line(line);
}

function decode(data: Uint8Array): Sense {
  try {
    return decodeSense(data);
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message} Give three codes, as 03/11/05, or all that the drive sent.`,
      { cause: error },
    );
  }
}

function describe(sense: Sense): string[] {
  const { senseKey, senseKeyName: name, asc, ascq, text, information } = sense;
  return [
    `${name}: ${text} (${codes(senseKey, asc, ascq)})`,
    ...(sense.deferred ? ["About an earlier command, not the one that has just failed"] : []),
    ...(information === undefined ? [] : [`Information: ${information.toString()}`]),
    ...(sense.fieldPointer ? [`Field: ${JSON.stringify(sense.fieldPointer)}`] : []),
    ...(sense.progress === undefined ? [] : [`Done: ${Math.round(100 * sense.progress)} %`]),
  ];
}

const codes = (...values: readonly number[]): string => values.map(hexByte).join("/");

/** Adds the command to the program. */
export function defineSense(program: Command, context: CliContext): void {
  program
    .command("sense")
    .description("say in words what a drive's sense data mean")
    .argument("<hex...>", "the data, or sense key, ASC and ASCQ")
    .addHelpText(
      "after",
      examples("usb-dvd sense 03/11/05", "usb-dvd sense 70 00 03 00 00 00 10 0a"),
    )
    .action((words: readonly string[]) => senseCommand(context, words));
}
