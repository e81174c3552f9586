import { KeyError } from "./errors.js";

/** How far the authentication of a session has come, or why it goes no further. */
export type SessionState =
  | "started"
  | "hostChallengeSent"
  | "driveAnswered"
  | "driveChallengeRead"
  | "authenticated"
  | "keyRead"
  | "ended"
  | "lost";

interface Step {
  /** What a message calls it. */
  readonly title: string;
  /** The state that it needs; any that is not over where there is none. */
  readonly from?: SessionState;
  /** The state that it leads to, where that is another one. */
  readonly to?: SessionState;
}

/** The order is that of MMC-6, REPORT KEY command, as Linux and Windows carry it out. */
const steps = {
  sendChallenge: {
    title: "send the host's challenge",
    from: "started",
    to: "hostChallengeSent",
  },
  readBusKey: {
    title: "read the drive's answer (KEY1)",
    from: "hostChallengeSent",
    to: "driveAnswered",
  },
  readChallenge: {
    title: "read the drive's challenge",
    from: "driveAnswered",
    to: "driveChallengeRead",
  },
  sendBusKey: {
    title: "send the host's answer (KEY2)",
    from: "driveChallengeRead",
    to: "authenticated",
  },
  readTitleKey: { title: "read a title key", from: "authenticated", to: "keyRead" },
  readDiscKey: { title: "read the disc key", from: "authenticated", to: "keyRead" },
  readAuthenticationSuccess: { title: "read the authentication success flag" },
} as const satisfies Record<string, Step>;

export type SessionStep = keyof typeof steps;

/** Every step, in order. */
export const sessionSteps = Object.keys(steps) as readonly SessionStep[];

/** What a message calls a step. */
export function titleOf(step: SessionStep): string {
  return steps[step].title;
}

/** The state after `step`. Throws `KeyError` where the step must not be taken in `state`. */
export function stateAfter(step: SessionStep, state: SessionState): SessionState {
  const { title, from, to = state }: Step = steps[step];
  if (from === undefined || from === state) return to;
  throw new KeyError("OUT_OF_ORDER", `Cannot ${title}: ${whatIsMissing(state, from)}`);
}

const progress: readonly SessionState[] = [
  "started",
  "hostChallengeSent",
  "driveAnswered",
  "driveChallengeRead",
  "authenticated",
  "keyRead",
];

function whatIsMissing(state: SessionState, needed: SessionState): string {
  if (state === "keyRead") {
    return "the session has given its one key. End it, start another one, and authenticate again.";
  }
  if (progress.indexOf(state) > progress.indexOf(needed)) {
    return "the session is past this step. End it, and start another one to begin anew.";
  }
  const next = sessionSteps.find((step) => (steps[step] as Step).from === state);
  return `first, ${next === undefined ? "start a session" : titleOf(next)}.`;
}
