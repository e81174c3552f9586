import { describe, expect, it } from "vitest";

import { UsbDvdError } from "../../src/errors.js";
import { read10 } from "../../src/scsi/read.js";
import {
  matchesCondition,
  senseConditionNames,
  type SenseConditionName,
} from "../../src/scsi/sense-condition.js";
import {
  isSenseError,
  MissingSenseError,
  RequestSenseError,
  SenseError,
} from "../../src/scsi/sense-error.js";
import { decodeSense } from "../../src/scsi/sense.js";
import { testUnitReady } from "../../src/scsi/test-unit-ready.js";
import { hex } from "../bytes.js";

/** Fixed format sense data for key, ASC and ASCQ. */
function sense(codes: string) {
  const [key, asc, ascq] = codes.split("/");
  return decodeSense(hex(`70 00 ${key} 00 00 00 00 0a 00 00 00 00 ${asc} ${ascq} 00 00 00 00`));
}

describe("SenseError", () => {
  const error = new SenseError(read10(1234, 16), sense("03/11/00"));

  it("says what happened, on what, and what to do", () => {
    expect(error.message).toBe(
      "READ (10) at LBA 1234 failed: MEDIUM ERROR, unrecovered read error (03/11/00). " +
        "Clean the disc and try again, or read around the bad blocks.",
    );
  });

  it("carries the command and the sense data", () => {
    expect(error).toBeInstanceOf(UsbDvdError);
    expect(error).toMatchObject({
      name: "SenseError",
      code: "SENSE",
      command: "READ (10)",
      cdb: hex("28 00 00 00 04 d2 00 00 10 00"),
      lba: 1234,
      senseKey: 3,
      asc: 0x11,
      ascq: 0,
      text: "unrecovered read error",
      information: undefined,
    });
  });

  it("names no block where the command has none, and no fault of the command in a deferred error", () => {
    const deferred = { ...sense("04/44/00"), deferred: true };
    const { message } = new SenseError(testUnitReady(), deferred);
    expect(message).toMatch(
      /^TEST UNIT READY was not carried out, since an earlier command failed/,
    );
  });
});

describe("the errors without sense data", () => {
  it("count as hardware errors and name the command", () => {
    const error = new MissingSenseError(testUnitReady(), sense("00/00/00"));
    expect(error).toMatchObject({ code: "NO_SENSE", name: "MissingSenseError" });
    expect(isSenseError(error, "hardwareError")).toBe(true);
    expect(new RequestSenseError(read10(7, 1)).message).toMatch(
      /^READ \(10\) at LBA 7 failed, and/,
    );
  });
});

describe("isSenseError", () => {
  // One case for each name, and one that is just beside it.
  const cases: Record<SenseConditionName, readonly [matching: string, beside: string]> = {
    trayOpen: ["02/3a/02", "02/3a/01"],
    mediumNotPresent: ["02/3a/01", "05/3a/00"],
    becomingReady: ["02/04/01", "02/04/02"],
    initializingCommandRequired: ["02/04/02", "02/04/03"],
    incompatibleMedium: ["05/30/02", "05/31/00"],
    mediumChanged: ["06/28/00", "06/28/01"],
    wasReset: ["06/29/04", "06/2a/00"],
    ejectRequested: ["06/5a/01", "06/5a/00"],
    invalidOpcode: ["05/20/00", "05/20/01"],
    lbaOutOfRange: ["05/21/00", "05/21/01"],
    invalidField: ["05/26/00", "05/25/00"],
    sequenceError: ["05/2c/00", "05/2c/01"],
    removalPrevented: ["05/53/02", "05/53/00"],
    outOfResources: ["05/55/00", "04/55/00"],
    scrambledSector: ["05/6f/03", "05/6f/02"],
    regionMismatch: ["05/6f/04", "05/6f/03"],
    regionChangesExhausted: ["05/6f/05", "05/6f/04"],
    copyProtection: ["05/6f/00", "05/6e/00"],
    illegalRequest: ["05/64/00", "04/64/00"],
    mediumError: ["03/11/05", "04/11/05"],
    hardwareError: ["04/3e/01", "00/00/01"],
    unitAttention: ["06/3f/01", "02/3f/01"],
    notReady: ["02/04/00", "06/04/00"],
    dataProtect: ["07/27/00", "05/27/00"],
    blank: ["08/00/00", "00/00/00"],
    aborted: ["0b/4b/00", "0a/4b/00"],
    recovered: ["01/17/01", "03/17/01"],
  };

  it.each(Object.entries(cases))("knows %s", (name, [matching, beside]) => {
    const condition = name as SenseConditionName;
    expect(matchesCondition(sense(matching), condition)).toBe(true);
    expect(matchesCondition(sense(beside), condition)).toBe(false);
    const error: unknown = new SenseError(testUnitReady(), sense(matching));
    expect(isSenseError(error, condition)).toBe(true);
  });

  it("covers every name", () => {
    expect(Object.keys(cases)).toEqual(senseConditionNames);
  });

  it("takes no other error for one", () => {
    expect(isSenseError(new Error("MEDIUM ERROR"))).toBe(false);
    expect(isSenseError(new SenseError(testUnitReady(), sense("06/28/00")))).toBe(true);
  });
});
