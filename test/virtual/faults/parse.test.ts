import { describe, expect, it } from "vitest";

import { FaultScriptError, parseFaults } from "../../../src/virtual/faults/parse.js";

describe("parseFaults", () => {
  it("reads conditions and faults, and leaves out comments and empty lines", () => {
    const script = `
      # a disc with a scratch
      op=28 lba=100-199: sense 03/11/00
      op=A8 lba=7 : sense 5/6f/03   # a block of its own
      nth=3 phase=status: stall

      every=20 times=5 phase=data: delay 1500
      phase=reset: silence
      op=28: short 0x200
    `;
    expect(parseFaults(script)).toEqual([
      {
        operationCode: 0x28,
        lba: [100, 199],
        phase: "command",
        fault: { kind: "sense", sense: { key: 3, asc: 0x11, ascq: 0 } },
      },
      {
        operationCode: 0xa8,
        lba: [7, 7],
        phase: "command",
        fault: { kind: "sense", sense: { key: 5, asc: 0x6f, ascq: 3 } },
      },
      { nth: 3, phase: "status", fault: { kind: "stall" } },
      { every: 20, times: 5, phase: "data", fault: { kind: "delay", milliseconds: 1500 } },
      { phase: "reset", fault: { kind: "silence" } },
      { operationCode: 0x28, phase: "data", fault: { kind: "short", bytes: 512 } },
    ]);
  });

  it.each([
    ["long 13", "data", { bytes: 13 }],
    ["early-csw", "data", {}],
    ["header-length 65535", "data", { value: 65535 }],
    ["empty-csw", "status", {}],
    ["signature 0x55534252", "status", { value: 0x55534252 }],
    ["tag 7", "status", { value: 7 }],
    ["residue 4096", "status", { value: 4096 }],
    ["phase-error", "status", {}],
    ["drive-reset", "command", {}],
    ["disc-change", "command", {}],
  ])("knows the one phase of %s", (fault, phase, values) => {
    const kind = fault.split(" ")[0];
    expect(parseFaults(`:${fault}`)).toEqual([{ phase, fault: { kind, ...values } }]);
  });

  it.each([
    ["op=28 sense 03/11/00", "there is no colon between the conditions and the fault"],
    ["op=28:", "there is no fault after the colon"],
    ["op=28: explode", /: there is no fault "explode", but stall, .* or disc-change$/],
    ["op=read: disc-change", "op=read: an operation code has two hexadecimal digits, as in op=28"],
    ["read: disc-change", `"read" is no condition: write name=value`],
    ["lun=1: disc-change", /: there is no condition "lun", but op, lba, /],
    ["op=28 op=a8: disc-change", `"op" stands there twice`],
    ["nth=0: disc-change", `"nth" wants a number from 1 to 4294967295, not "0"`],
    ["nth=: disc-change", `"nth" wants a number from 1 to 4294967295, not nothing`],
    ["lba=9-3: disc-change", "lba=9-3: the last block is before the first"],
    ["lba=x: disc-change", `"lba" wants a number from 0 to 4294967295, not "x"`],
    ["op=12 lba=3: disc-change", "only reads, op=28 and op=a8, have an LBA"],
    ["nth=2 times=2: disc-change", "the nth comes once, not 2 times"],
    ["phase=csw: stall", /: there is no phase "csw", but command, data, /],
    ["op=28: stall", /: "stall" needs a phase: command, data, .* or max-lun$/],
    ["phase=command: tag 3", `"tag" cannot be in the phase "command", but status`],
    ["phase=command: babble", `"babble" cannot be in the phase "command", but data or status`],
    [
      "op=28 phase=reset: stall",
      `a request in the phase "reset" has neither operation code nor LBA`,
    ],
    ["phase=data: delay", `"delay" wants a number from 0 to 4294967295, not nothing`],
    ["phase=data: delay soon", `"delay" wants a number from 0 to 4294967295, not "soon"`],
    ["phase=data: stall 3", `"3" after "stall" means nothing`],
    ["phase=data: short 1 2", `"2" after "short" means nothing`],
    ["op=28: long 99999999", `"long" wants a number from 1 to 1048576, not "99999999"`],
    ["op=28: header-length 65536", `"header-length" wants a number from 0 to 65535, not "65536"`],
    ["op=28: sense 3", /: "3" is no sense: write key\/asc\/ascq in hexadecimal/],
    ["op=28: sense 13/11/00", `"13/11/00": a sense key has one digit, 0 to F`],
  ])("refuses %s", (line, reason) => {
    const parse = (): unknown => parseFaults(`# first\nop=00: disc-change\n${line}`);
    expect(parse).toThrow(FaultScriptError);
    const start = "line 3 of the fault script: ";
    expect(parse).toThrow(typeof reason === "string" ? start + reason : reason);
  });
});
