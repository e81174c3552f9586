/** Prints the manual page, made of what the command says of itself: `npm run man`. */
import { Readable, Writable } from "node:stream";
import type { Command } from "commander";

import { exitCodes } from "../src/cli/exit-codes.js";
import { Output } from "../src/cli/output.js";
import { createProgram } from "../src/cli/program.js";

const nowhere = new Output(new Writable());
const program = createProgram("", {
  stdout: nowhere,
  stderr: nowhere,
  stdin: Readable.from([]),
  listDrives: () => Promise.resolve([]),
  watchDrives: () => Promise.reject(new Error("nothing is watched")),
  signal: new AbortController().signal,
});

/** A line as roff takes it: no backslash, dot or hyphen of its own meaning. */
const text = (line: string): string =>
  line
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/, "\\&$1");

function describe(command: Command, name: string): string[] {
  const help = command.createHelp();
  const args = command.registeredArguments.map((argument) => {
    const dots = argument.variadic ? "..." : "";
    return argument.required ? `<${argument.name()}${dots}>` : `[${argument.name()}${dots}]`;
  });
  const options = help.visibleOptions(command).filter(({ long }) => long !== "--help");
  return [
    `.SS ${text([name, ...args].join(" "))}`,
    text(`${command.description()}.`),
    ...command.registeredArguments
      .filter(({ description }) => description !== "")
      .flatMap((argument) => [".TP", `.I ${text(argument.name())}`, text(argument.description)]),
    ...options.flatMap((option) => {
      const description = help.optionDescription(option);
      return [
        ".TP",
        `.B ${text(option.flags)}`,
        text(description === "" ? option.flags : description),
      ];
    }),
    ...help
      .visibleCommands(command)
      .filter((inner) => inner.name() !== "help")
      .flatMap((inner) => describe(inner, `${name} ${inner.name()}`)),
  ];
}

const commands = program
  .createHelp()
  .visibleCommands(program)
  .filter((command) => command.name() !== "help");
const lines = [
  `.TH USB\\-DVD 1 "" "" "User Commands"`,
  ".SH NAME",
  "usb\\-dvd \\- talks to USB DVD drives without the operating system's disc driver",
  ".SH SYNOPSIS",
  ".B usb\\-dvd",
  ".I command",
  "[options]",
  ".SH COMMANDS",
  ...commands.flatMap((command) => describe(command, command.name())),
  ".SH ENVIRONMENT",
  ...[".TP", ".B USB_DVD_DRIVE", "A locator, for commands without \\-\\-drive."],
  ...[".TP", ".B USB_DVD_QUIRKS", "What is wrong with drives' bridges, as for \\-\\-quirks."],
  ...[".TP", ".B NO_COLOR", "Set to anything, there are no colours."],
  ".SH EXIT STATUS",
  ...Object.entries(exitCodes).flatMap(([name, code]) => [
    ".TP",
    `.B ${code}`,
    text(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)),
  ]),
  ".SH SEE ALSO",
  ".BR ddrescue (1),",
  ".BR wireshark (1)",
];
process.stdout.write(`${lines.join("\n")}\n`);
