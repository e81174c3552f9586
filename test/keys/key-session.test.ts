import { describe, expect, it } from "vitest";
import type { HostAuthenticator } from "../../src/keys/host-authenticator.js";
import { KeyEngine } from "../../src/keys/key-engine.js";
import type { KeySession } from "../../src/keys/key-session.js";
import type { SessionState } from "../../src/keys/session-steps.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { hex } from "../bytes.js";
import { failureOf, ScriptedExecutor, type Answer } from "./scripted-executor.js";

const challenge = hex("10 11 12 13 14 15 16 17 18 19");
const key2 = hex("20 21 22 23 24");

/** What a drive answers when all goes well; the AGID is 2. */
const replies = {
  agid: "00 06 00 00 00 00 00 80",
  key1: "00 0a 00 00 31 32 33 34 35 00 00 00",
  challenge: "00 0e 00 00 41 42 43 44 45 46 47 48 49 4a 00 00",
  authenticated: "00 06 00 00 00 00 00 01",
  notAuthenticated: "00 06 00 00 00 00 00 00",
  titleKey: "00 0a 00 00 e0 51 52 53 54 55 00 00",
  discKey: `08 02 00 00 ${"a5".repeat(2048)}`,
};

const cdbs = {
  agid: "a4 00 00 00 00 00 00 00 00 08 00 00",
  sendChallenge: "a3 00 00 00 00 00 00 00 00 10 81 00",
  key1: "a4 00 00 00 00 00 00 00 00 0c 82 00",
  challenge: "a4 00 00 00 00 00 00 00 00 10 81 00",
  sendKey2: "a3 00 00 00 00 00 00 00 00 0c 83 00",
  asf: "a4 00 00 00 00 00 00 00 00 08 85 00",
  titleKey: "a4 00 00 00 02 00 00 00 00 0c 84 00",
  discKey: "ad 00 00 00 00 00 00 02 08 04 80 00",
  invalidate: "a4 00 00 00 00 00 00 00 00 00 bf 00",
};

const sentChallenge = `${cdbs.sendChallenge}: 00 0e 00 00 10 11 12 13 14 15 16 17 18 19 00 00`;
const sentKey2 = `${cdbs.sendKey2}: 00 0a 00 00 20 21 22 23 24 00 00 00`;

const steps = {
  sendChallenge: (session: KeySession) => session.sendChallenge(challenge),
  readBusKey: (session: KeySession) => session.readBusKey(),
  readChallenge: (session: KeySession) => session.readChallenge(),
  sendBusKey: (session: KeySession) => session.sendBusKey(key2),
  readTitleKey: (session: KeySession) => session.readTitleKey({ lba: 512 }),
  readDiscKey: (session: KeySession) => session.readDiscKey(),
  readAuthenticationSuccess: (session: KeySession) => session.readAuthenticationSuccess(),
};
type StepName = keyof typeof steps;

const answers: Record<StepName, string> = {
  sendChallenge: "ok",
  readBusKey: replies.key1,
  readChallenge: replies.challenge,
  sendBusKey: "ok",
  readTitleKey: replies.titleKey,
  readDiscKey: replies.discKey,
  readAuthenticationSuccess: replies.authenticated,
};

const wayTo: Partial<Record<SessionState, StepName[]>> = {
  started: [],
  hostChallengeSent: ["sendChallenge"],
  driveAnswered: ["sendChallenge", "readBusKey"],
  driveChallengeRead: ["sendChallenge", "readBusKey", "readChallenge"],
  authenticated: ["sendChallenge", "readBusKey", "readChallenge", "sendBusKey"],
  keyRead: ["sendChallenge", "readBusKey", "readChallenge", "sendBusKey", "readDiscKey"],
};

interface Opened {
  readonly drive: ScriptedExecutor;
  readonly engine: KeyEngine;
  readonly session: KeySession;
  /** The events so far, each with its details. */
  readonly events: unknown[][];
}

/** A session that has come to `state`, and a drive that has forgotten what was sent until then. */
async function sessionIn(state: SessionState, ...script: Answer[]): Promise<Opened> {
  const drive = new ScriptedExecutor(replies.agid);
  const engine = new KeyEngine(drive);
  const session = await engine.startSession();
  for (const step of wayTo[state] ?? []) {
    drive.script(answers[step]);
    await steps[step](session);
  }
  expect(session.state).toBe(state);
  drive.sent.length = 0;
  drive.script(...script);
  const events: unknown[][] = [];
  for (const name of ["sessionAuthenticated", "sessionEnded", "sessionLost"] as const) {
    engine.on(name, (details: object) => events.push([name, details]));
  }
  return { drive, engine, session, events };
}

function authenticator(overrides: Partial<HostAuthenticator> = {}): HostAuthenticator {
  return {
    createChallenge: () => Promise.resolve(challenge),
    verifyDrive: () => Promise.resolve(true),
    respond: () => Promise.resolve(key2),
    ...overrides,
  };
}

describe("a session's steps", () => {
  it("send just these CDBs and payloads, and return what the drive says", async () => {
    const { drive, session } = await sessionIn("started");
    drive.script("ok", replies.key1, replies.challenge, "ok", replies.authenticated);
    await session.sendChallenge(challenge);
    expect(await session.readBusKey()).toEqual(hex("31 32 33 34 35"));
    expect(await session.readChallenge()).toEqual(hex("41 42 43 44 45 46 47 48 49 4a"));
    await session.sendBusKey(key2);
    expect(await session.readAuthenticationSuccess()).toBe(true);
    drive.script(replies.titleKey, "ok");
    expect(await session.readTitleKey({ lba: 512 })).toEqual({
      copyrightMaterial: true,
      protectedSector: true,
      copyGeneration: 2,
      key: hex("51 52 53 54 55"),
    });
    await session.end();
    expect(drive.sent).toEqual([
      sentChallenge,
      cdbs.key1,
      cdbs.challenge,
      sentKey2,
      cdbs.asf,
      cdbs.titleKey,
      cdbs.invalidate,
    ]);
  });

  it("read the disc key", async () => {
    const { drive, session } = await sessionIn("authenticated", replies.discKey);
    expect(await session.readDiscKey()).toEqual(hex("a5".repeat(2048)));
    expect(drive.sent).toEqual([cdbs.discKey]);
  });

  it.each([
    [{ byteOffset: 512 * 2048 }, cdbs.titleKey],
    [{ byteOffset: 512 * 2048 + 2047 }, cdbs.titleKey],
    [{ byteOffset: 8_589_934_592 }, "a4 00 00 40 00 00 00 00 00 0c 84 00"],
  ])("find the title key at %j", async (address, cdb) => {
    const { drive, session } = await sessionIn("authenticated", replies.titleKey);
    await session.readTitleKey(address);
    expect(drive.sent).toEqual([cdb]);
  });

  it("pass the key class on", async () => {
    const drive = new ScriptedExecutor(replies.agid, "ok", "ok");
    const session = await new KeyEngine(drive).startSession({ keyClass: 0xbd });
    await session.sendChallenge(challenge);
    await session.end();
    expect(drive.sent.map((sent) => sent.slice(21, 23))).toEqual(["bd", "bd", "bd"]);
  });
});

describe("the order of the steps", () => {
  const needs: Record<StepName, readonly SessionState[]> = {
    sendChallenge: ["started"],
    readBusKey: ["hostChallengeSent"],
    readChallenge: ["driveAnswered"],
    sendBusKey: ["driveChallengeRead"],
    readTitleKey: ["authenticated"],
    readDiscKey: ["authenticated"],
    readAuthenticationSuccess: Object.keys(wayTo) as SessionState[],
  };
  const table = Object.keys(wayTo).flatMap((state) =>
    Object.keys(steps).map((step) => [state, step] as [SessionState, StepName]),
  );

  it.each(table)("in %s, decides on %s", async (state, step) => {
    const { drive, session } = await sessionIn(state);
    if (needs[step].includes(state)) {
      drive.script(answers[step]);
      await steps[step](session);
      expect(drive.sent).toHaveLength(1);
      return;
    }
    expect(await failureOf(steps[step](session))).toMatchObject({ code: "OUT_OF_ORDER" });
    expect(drive.sent).toEqual([]);
    expect(session.state).toBe(state);
  });

  it.each([
    ["started", "readTitleKey", "Cannot read a title key: first, send the host's challenge."],
    ["driveAnswered", "sendBusKey", "first, read the drive's challenge."],
    ["keyRead", "readDiscKey", "the session has given its one key."],
    ["authenticated", "sendChallenge", "the session is past this step."],
  ] as const)("in %s, says what is missing for %s", async (state, step, message) => {
    const { session } = await sessionIn(state);
    expect(((await failureOf(steps[step](session))) as Error).message).toContain(message);
  });

  it("holds for steps that are asked for together", async () => {
    const { drive, session } = await sessionIn("started", "ok");
    const both = [session.sendChallenge(challenge), session.sendChallenge(challenge)];
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(drive.sent).toEqual([sentChallenge]);
  });
});

describe("arguments of the wrong size", () => {
  it.each<[string, SessionState, (session: KeySession) => Promise<unknown>]>([
    ["a challenge of 9", "started", (s) => s.sendChallenge(new Uint8Array(9))],
    ["a challenge of 11", "started", (s) => s.sendChallenge(new Uint8Array(11))],
    ["a KEY2 of 4", "driveChallengeRead", (s) => s.sendBusKey(new Uint8Array(4))],
    ["a KEY2 of 10", "driveChallengeRead", (s) => s.sendBusKey(new Uint8Array(10))],
    ["LBA -1", "authenticated", (s) => s.readTitleKey({ lba: -1 })],
    ["LBA 1.5", "authenticated", (s) => s.readTitleKey({ lba: 1.5 })],
    ["LBA 2^32", "authenticated", (s) => s.readTitleKey({ lba: 0x1_0000_0000 })],
    ["byte -1", "authenticated", (s) => s.readTitleKey({ byteOffset: -1 })],
    ["byte NaN", "authenticated", (s) => s.readTitleKey({ byteOffset: NaN })],
  ])("(%s) are refused before the drive sees them", async (_what, state, take) => {
    const { drive, session } = await sessionIn(state);
    expect(await failureOf(take(session))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(drive.sent).toEqual([]);
    expect(session.state).toBe(state);
  });
});

describe("authenticate", () => {
  it("takes the six steps with the host's half of the secrets", async () => {
    const { drive, session, events } = await sessionIn("started");
    drive.script("ok", replies.key1, replies.challenge, "ok", replies.authenticated);
    const seen: string[] = [];
    await session.authenticate(
      authenticator({
        verifyDrive: (ours, key1) => {
          seen.push(`${ours.join()}|${key1.join()}`);
          return Promise.resolve(true);
        },
        respond: (theirs) => {
          seen.push(theirs.join());
          return Promise.resolve(key2);
        },
      }),
    );
    expect(drive.sent).toEqual([sentChallenge, cdbs.key1, cdbs.challenge, sentKey2, cdbs.asf]);
    expect(seen).toEqual([
      `${challenge.join()}|49,50,51,52,53`,
      hex("41 42 43 44 45 46 47 48 49 4a").join(),
    ]);
    expect(session.state).toBe("authenticated");
    expect(events).toEqual([["sessionAuthenticated", { agid: 2, keyClass: 0 }]]);
  });

  it.each([false, undefined, 1, "true"])(
    "refuses a drive that proves itself wrongly (%j), and ends the session",
    async (verdict) => {
      const { drive, session, events } = await sessionIn("started", "ok", replies.key1, "ok");
      const host = authenticator({ verifyDrive: () => Promise.resolve(verdict as boolean) });
      expect(await failureOf(session.authenticate(host))).toMatchObject({
        code: "DRIVE_NOT_AUTHENTIC",
      });
      expect(drive.sent).toEqual([sentChallenge, cdbs.key1, cdbs.invalidate]);
      expect(events).toEqual([["sessionEnded", { agid: 2, keyClass: 0, failed: true }]]);
      expect(await failureOf(session.readDiscKey())).toMatchObject({ code: "SESSION_ENDED" });
      expect(drive.isFinished).toBe(true);
    },
  );

  it.each([
    ["refuses KEY2", ["05/6f/00", "ok"]],
    ["reports no success", ["ok", replies.notAuthenticated, "ok"]],
  ])("says that the host is refused where the drive %s", async (_how, end) => {
    const { drive, session, events } = await sessionIn("started");
    drive.script("ok", replies.key1, replies.challenge, ...end);
    const error = await failureOf(session.authenticate(authenticator()));
    expect(error).toMatchObject({ code: "HOST_REFUSED" });
    expect(session.state).toBe("ended");
    expect(drive.sent.at(-1)).toBe(cdbs.invalidate);
    expect(events.map(([name]) => name)).toEqual(["sessionEnded"]);
  });

  it.each<[string, Partial<HostAuthenticator>, string]>([
    ["throws", { respond: () => Promise.reject(new Error("no secret")) }, "no secret"],
    [
      "throws at once",
      {
        createChallenge: () => {
          throw new Error("no dice");
        },
      },
      "no dice",
    ],
    [
      "makes a challenge of 8 bytes",
      { createChallenge: () => Promise.resolve(new Uint8Array(8)) },
      "must have 10 bytes, and has 8",
    ],
    [
      "responds with 10 bytes",
      { respond: () => Promise.resolve(new Uint8Array(10)) },
      "must have 5 bytes, and has 10",
    ],
  ])("ends the session where the host %s", async (_how, overrides, message) => {
    const { drive, session } = await sessionIn("started");
    if ("respond" in overrides) drive.script("ok", replies.key1, replies.challenge);
    drive.script("ok");
    const error = await failureOf(session.authenticate(authenticator(overrides)));
    expect((error as Error).message).toContain(message);
    expect(session.state).toBe("ended");
    expect(drive.sent.at(-1)).toBe(cdbs.invalidate);
  });

  it("is refused, and leaves the session be, once it has begun", async () => {
    const { drive, session } = await sessionIn("hostChallengeSent");
    expect(await failureOf(session.authenticate(authenticator()))).toMatchObject({
      code: "OUT_OF_ORDER",
    });
    expect(drive.sent).toEqual([]);
    expect(session.state).toBe("hostChallengeSent");
  });

  it("reads nothing more once the session was ended while the host thought", async () => {
    const { drive, session } = await sessionIn("started", "ok", replies.key1, "ok");
    const verifyDrive = async (): Promise<boolean> => {
      await session.end();
      return true;
    };
    const error = await failureOf(session.authenticate(authenticator({ verifyDrive })));
    expect(error).toMatchObject({ code: "SESSION_ENDED" });
    expect(drive.sent).toEqual([sentChallenge, cdbs.key1, cdbs.invalidate]);
  });
});

describe("a step that fails at the drive", () => {
  it.each<[StepName, SessionState, Answer, string]>([
    ["readBusKey", "hostChallengeSent", "00 0a 00 00 31 32", "read the drive's answer (KEY1)"],
    ["readBusKey", "hostChallengeSent", "00 02 00 00 31 32 33 34 35 00 00 00", "(KEY1)"],
    ["readChallenge", "driveAnswered", "", "read the drive's challenge"],
    ["readTitleKey", "authenticated", "00 0a 00 00 e0 51 52", "read a title key"],
    ["readDiscKey", "authenticated", `08 02 00 00 ${"a5".repeat(2047)}`, "read the disc key"],
    ["readDiscKey", "authenticated", `04 02 00 00 ${"a5".repeat(2048)}`, "read the disc key"],
    ["sendChallenge", "started", new UsbTimeoutError("SEND KEY", 60_000), "host's challenge"],
    ["readDiscKey", "authenticated", "02/3a/00", "read the disc key"],
  ])("(%s) is named, and ends the session", async (step, state, answer, title) => {
    const { drive, session, events } = await sessionIn(state, answer, "ok");
    const error = await failureOf(steps[step](session));
    expect(error).toMatchObject({ name: "KeyError", code: "STEP_FAILED" });
    expect((error as Error).message).toContain(title);
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(drive.sent.at(-1)).toBe(cdbs.invalidate);
    expect(session.state).toBe("ended");
    expect(events).toEqual([["sessionEnded", { agid: 2, keyClass: 0, failed: true }]]);
  });

  it.each([
    ["05/6f/01", "KEY_NOT_PRESENT"],
    ["05/6f/04", "REGION_MISMATCH"],
  ])("with %s is %s", async (sense, code) => {
    const { session } = await sessionIn("authenticated", sense, "ok");
    expect(await failureOf(session.readTitleKey({ lba: 0 }))).toMatchObject({
      code,
      cause: { name: "SenseError" },
    });
    expect(session.state).toBe("ended");
  });

  it("is what the caller is told of, also where the AGID cannot be given back", async () => {
    const broken = new UsbTimeoutError("REPORT KEY", 60_000);
    const { session, events } = await sessionIn("authenticated", "05/6f/04", broken);
    const error = await failureOf(session.readDiscKey());
    expect(error).toMatchObject({ code: "REGION_MISMATCH" });
    expect(events.map(([name]) => name)).toEqual(["sessionEnded"]);
  });

  it("since the drive has gone throws just that", async () => {
    const gone = new UsbDisconnectedError("REPORT KEY");
    const { session, events } = await sessionIn("authenticated", gone);
    expect(await failureOf(session.readDiscKey())).toBe(gone);
    expect(events).toEqual([["sessionLost", { agid: 2, keyClass: 0, cause: "disconnected" }]]);
  });
});

describe("a session that the drive has dropped", () => {
  it.each([
    [0x29, "reset", "it was reset"],
    [0x28, "mediumChanged", "the disc may have been changed"],
  ])("by unit attention %i is lost, with an event", async (asc, cause, words) => {
    const { drive, engine, session, events } = await sessionIn("authenticated");
    engine.noteUnitAttention({ asc });
    expect(session.state).toBe("lost");
    expect(events).toEqual([["sessionLost", { agid: 2, keyClass: 0, cause }]]);
    const error = await failureOf(session.readDiscKey());
    expect(error).toMatchObject({ code: "SESSION_LOST" });
    expect((error as Error).message).toContain(words);
    await session.end();
    expect(drive.sent).toEqual([]);
  });

  it("is not lost by other unit attentions", async () => {
    const { engine, session } = await sessionIn("authenticated");
    for (const asc of [0x2a, 0x3f, 0x5a]) engine.noteUnitAttention({ asc });
    expect(session.state).toBe("authenticated");
  });

  it.each<[StepName, SessionState, string]>([
    ["sendChallenge", "started", "05/2c/00"],
    ["readBusKey", "hostChallengeSent", "05/2c/00"],
    ["sendBusKey", "driveChallengeRead", "05/2c/00"],
    ["readTitleKey", "authenticated", "05/2c/00"],
    ["readTitleKey", "authenticated", "05/6f/02"],
    ["readDiscKey", "authenticated", "05/6f/02"],
  ])("is out of step at %s in %s (%s)", async (step, state, sense) => {
    const { drive, session, events } = await sessionIn(state, sense);
    expect(await failureOf(steps[step](session))).toMatchObject({
      code: "SESSION_LOST",
      cause: { name: "SenseError" },
    });
    expect(events).toEqual([["sessionLost", { agid: 2, keyClass: 0, cause: "outOfStep" }]]);
    expect(await failureOf(steps[step](session))).toMatchObject({ code: "SESSION_LOST" });
    expect(drive.sent).toHaveLength(1);
  });

  it("is not lost where the drive says that there is no bus key, and there is none", async () => {
    const { session } = await sessionIn("started", "05/6f/02", "ok");
    expect(await failureOf(session.readAuthenticationSuccess())).toMatchObject({
      code: "STEP_FAILED",
    });
    expect(session.state).toBe("ended");
  });

  it("gives no key that came while it was dropped", async () => {
    const { drive, engine, session } = await sessionIn("authenticated");
    drive.script(() => {
      engine.noteUnitAttention({ asc: 0x28 });
      return replies.titleKey;
    });
    expect(await failureOf(session.readTitleKey({ lba: 0 }))).toMatchObject({
      code: "SESSION_LOST",
    });
  });
});
