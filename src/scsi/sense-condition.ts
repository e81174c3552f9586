import { senseKeys } from "./sense-key.js";
import type { Sense } from "./sense.js";

type SenseCode = Pick<Sense, "senseKey" | "asc" | "ascq">;

interface SenseCondition {
  /** Matches where one of these does; a field that is left out may be anything. */
  readonly patterns: readonly Partial<SenseCode>[];
  /** What a person should do about it. */
  readonly advice: string;
}

const { notReady, illegalRequest, unitAttention } = senseKeys;

/**
 * What callers ask of an error, by name. The narrow ones come before the wide ones that hold them
 * too, so that the first match gives the best advice.
 */
const conditions = {
  trayOpen: {
    patterns: [{ senseKey: notReady, asc: 0x3a, ascq: 0x02 }],
    advice: "Insert a disc and close the tray.",
  },
  mediumNotPresent: {
    patterns: [{ senseKey: notReady, asc: 0x3a }],
    advice: "Insert a disc.",
  },
  becomingReady: {
    patterns: [0x01, 0x07, 0x08].map((ascq) => ({ senseKey: notReady, asc: 0x04, ascq })),
    advice: "Wait until the drive is ready, and try again.",
  },
  initializingCommandRequired: {
    patterns: [{ senseKey: notReady, asc: 0x04, ascq: 0x02 }],
    advice: "Start the unit first.",
  },
  incompatibleMedium: {
    patterns: [{ asc: 0x30 }],
    advice: "The drive cannot use this disc: try another disc, or clean this one.",
  },
  mediumChanged: {
    patterns: [{ senseKey: unitAttention, asc: 0x28, ascq: 0x00 }],
    advice: "Another disc may be in the drive: look at it again before you go on.",
  },
  wasReset: {
    patterns: [{ senseKey: unitAttention, asc: 0x29 }],
    advice: "The drive was reset or has lost power: start again.",
  },
  ejectRequested: {
    patterns: [{ senseKey: unitAttention, asc: 0x5a, ascq: 0x01 }],
    advice: "Somebody has pressed the eject button: finish and let the disc go.",
  },
  invalidOpcode: {
    patterns: [{ senseKey: illegalRequest, asc: 0x20, ascq: 0x00 }],
    advice: "The drive does not have this command.",
  },
  lbaOutOfRange: {
    patterns: [{ senseKey: illegalRequest, asc: 0x21, ascq: 0x00 }],
    advice: "Ask for blocks that are on the disc.",
  },
  invalidField: {
    patterns: [0x24, 0x26].map((asc) => ({ senseKey: illegalRequest, asc, ascq: 0x00 })),
    advice: "The drive does not take this form of the command.",
  },
  sequenceError: {
    patterns: [{ senseKey: illegalRequest, asc: 0x2c, ascq: 0x00 }],
    advice: "Take the steps in their order, from the first.",
  },
  removalPrevented: {
    patterns: [{ senseKey: illegalRequest, asc: 0x53, ascq: 0x02 }],
    advice: "Allow the removal of the medium first.",
  },
  outOfResources: {
    patterns: [{ senseKey: illegalRequest, asc: 0x55 }],
    advice: "End a session of the drive first, for instance by invalidating its AGIDs.",
  },
  scrambledSector: {
    patterns: [{ asc: 0x6f, ascq: 0x03 }],
    advice: "Authenticate with the drive before you read this sector.",
  },
  regionMismatch: {
    patterns: [{ asc: 0x6f, ascq: 0x04 }],
    advice: "Use a disc of the drive's region.",
  },
  regionChangesExhausted: {
    patterns: [{ asc: 0x6f, ascq: 0x05 }],
    advice: "The drive's region cannot be changed any more.",
  },
  copyProtection: {
    patterns: [{ asc: 0x6f }],
    advice: "Start the authentication with the drive again.",
  },
  illegalRequest: {
    patterns: [{ senseKey: illegalRequest }],
    advice: "The drive refuses the command in this form or at this moment.",
  },
  mediumError: {
    patterns: [{ senseKey: senseKeys.mediumError }],
    advice: "Clean the disc and try again, or read around the bad blocks.",
  },
  // A failure without sense data is taken for one of the hardware, so that nothing retries for ever.
  hardwareError: {
    patterns: [
      { senseKey: senseKeys.hardwareError },
      { senseKey: senseKeys.noSense, asc: 0x00, ascq: 0x00 },
    ],
    advice: "Unplug the drive, plug it in again, and try another cable if this goes on.",
  },
  unitAttention: {
    patterns: [{ senseKey: unitAttention }],
    advice: "The drive's state has changed: look at it again, and repeat the command.",
  },
  notReady: {
    patterns: [{ senseKey: notReady }],
    advice: "Check the drive and its disc, and try again.",
  },
  dataProtect: {
    patterns: [{ senseKey: senseKeys.dataProtect }],
    advice: "The medium is protected.",
  },
  blank: {
    patterns: [{ senseKey: senseKeys.blankCheck }],
    advice: "Nothing is recorded there.",
  },
  aborted: {
    patterns: [{ senseKey: senseKeys.abortedCommand }],
    advice: "Try again.",
  },
  recovered: {
    patterns: [{ senseKey: senseKeys.recoveredError }],
    advice: "The data is good, but the disc or the drive is getting worse.",
  },
} as const satisfies Record<string, SenseCondition>;

/** The name of something that sense data may say. */
export type SenseConditionName = keyof typeof conditions;

/** Every name, from the narrow to the wide. */
export const senseConditionNames = Object.keys(conditions) as readonly SenseConditionName[];

/** Whether sense data says what `name` stands for. */
export function matchesCondition(sense: SenseCode, name: SenseConditionName): boolean {
  const { patterns }: SenseCondition = conditions[name];
  return patterns.some(
    (pattern) =>
      (pattern.senseKey ?? sense.senseKey) === sense.senseKey &&
      (pattern.asc ?? sense.asc) === sense.asc &&
      (pattern.ascq ?? sense.ascq) === sense.ascq,
  );
}

/** What a person should do about sense data. */
export function adviceFor(sense: SenseCode): string {
  const name = senseConditionNames.find((candidate) => matchesCondition(sense, candidate));
  return name === undefined ? "Try again." : conditions[name].advice;
}
