import { describe, expect, it } from "vitest";
import { isKeyError } from "../../src/keys/errors.js";
import { KeyEngine } from "../../src/keys/key-engine.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { failureOf, ScriptedExecutor, type Answer } from "./scripted-executor.js";

const askForAgid = "a4 00 00 00 00 00 00 00 00 08 00 00";
const grants = ["00", "40", "80", "c0"].map((agid) => `00 06 00 00 00 00 00 ${agid}`);
const reportInvalidate = ["3f", "7f", "bf", "ff"].map(
  (last) => `a4 00 00 00 00 00 00 00 00 00 ${last} 00`,
);
const sendInvalidate = ["3f", "7f", "bf", "ff"].map(
  (last) => `a3 00 00 00 00 00 00 00 00 00 ${last} 00`,
);
const noneFree = "05/55/00";

function engineWith(...script: Answer[]) {
  const drive = new ScriptedExecutor(...script);
  const engine = new KeyEngine(drive);
  const events: string[] = [];
  engine.on("sessionStarted", ({ agid }) => events.push(`started ${agid}`));
  engine.on("sessionEnded", ({ agid }) => events.push(`ended ${agid}`));
  engine.on("sessionLost", ({ agid, cause }) => events.push(`lost ${agid}: ${cause}`));
  return { drive, engine, events };
}

describe("startSession", () => {
  it("owns the AGID that the drive grants, up to four at once", async () => {
    const { drive, engine, events } = engineWith(...grants);
    const sessions = await Promise.all(grants.map(() => engine.startSession()));
    expect(sessions.map(({ agid }) => agid)).toEqual([0, 1, 2, 3]);
    expect(drive.sent).toEqual([askForAgid, askForAgid, askForAgid, askForAgid]);
    expect(events).toEqual(["started 0", "started 1", "started 2", "started 3"]);
  });

  it("fails where none is free and this engine has left none behind", async () => {
    const { drive, engine } = engineWith(noneFree, noneFree);
    const error = await failureOf(engine.startSession());
    expect(isKeyError(error, "NO_FREE_AGID")).toBe(true);
    expect(drive.sent).toEqual([askForAgid, askForAgid]);
  });

  it("takes back the stale ones, and none in use, and makes one more try", async () => {
    const timeout = new UsbTimeoutError("REPORT KEY", 60_000);
    const { drive, engine } = engineWith(grants[0]!, grants[1]!, timeout);
    await engine.startSession();
    const second = await engine.startSession();
    expect(isKeyError(await failureOf(second.end()), "END_FAILED")).toBe(true);
    expect(second.state).toBe("ended");
    drive.sent.length = 0;
    drive.script(noneFree, "ok", grants[1]!);
    expect((await engine.startSession()).agid).toBe(1);
    expect(drive.sent).toEqual([askForAgid, reportInvalidate[1], askForAgid]);
  });

  it("takes back the AGID of a session that fell out of step", async () => {
    const { drive, engine } = engineWith(grants[3]!, "05/2c/00");
    const session = await engine.startSession();
    await failureOf(session.sendChallenge(new Uint8Array(10)));
    drive.sent.length = 0;
    drive.script(noneFree, "ok", grants[3]!);
    await engine.startSession();
    expect(drive.sent).toEqual([askForAgid, reportInvalidate[3], askForAgid]);
  });

  it("takes back the AGID of a session that another disc has ended, but not once regranted", async () => {
    const { drive, engine } = engineWith(grants[1]!);
    await engine.startSession();
    engine.noteUnitAttention({ asc: 0x28 });
    drive.sent.length = 0;
    drive.script(noneFree, "ok", grants[1]!);
    await engine.startSession();
    engine.noteUnitAttention({ asc: 0x28 });
    drive.script(grants[1]!, noneFree, noneFree);
    await engine.startSession();
    await failureOf(engine.startSession());
    expect(drive.sent.filter((sent) => sent !== askForAgid)).toEqual([reportInvalidate[1]]);
  });

  it("tells the session whose AGID the drive grants again", async () => {
    const { drive, engine, events } = engineWith(grants[0]!, grants[0]!);
    const former = await engine.startSession();
    const session = await engine.startSession();
    expect(former.state).toBe("lost");
    expect(events).toEqual(["started 0", "lost 0: agidReused", "started 0"]);
    await former.end();
    expect(drive.sent).toEqual([askForAgid, askForAgid]);
    expect(session.state).toBe("started");
  });

  it("does not let a session that ends late take the AGID from its successor", async () => {
    const { drive, engine } = engineWith(grants[0]!);
    const former = await engine.startSession();
    drive.script(grants[0]!);
    const next = engine.startSession();
    await former.end();
    expect((await next).state).toBe("started");
    expect(drive.sent).toEqual([askForAgid, askForAgid]);
  });

  it("leaves no AGID behind that came in a malformed answer", async () => {
    const { drive, engine } = engineWith(grants[1]!, "00 06 00", "ok", "ok", "ok");
    await engine.startSession();
    expect(await failureOf(engine.startSession())).toMatchObject({ code: "MALFORMED_RESPONSE" });
    expect(drive.sent.slice(2)).toEqual([0, 2, 3].map((agid) => reportInvalidate[agid]));
  });

  it.each(["05/20/00", "05/24/00", "05/30/00"])(
    "says that it is not supported (%s)",
    async (no) => {
      const { engine } = engineWith(no);
      expect(await failureOf(engine.startSession())).toMatchObject({
        code: "NOT_SUPPORTED",
        cause: { name: "SenseError" },
      });
    },
  );
});

describe("the end of a session", () => {
  it("is told by REPORT KEY, and by SEND KEY where that is refused", async () => {
    const { drive, engine, events } = engineWith(grants[2]!, "05/24/00", "ok");
    const session = await engine.startSession();
    await engine.endSession(session);
    expect(drive.sent.slice(1)).toEqual([reportInvalidate[2], sendInvalidate[2]]);
    expect(events).toEqual(["started 2", "ended 2"]);
  });

  it("happens once", async () => {
    const { drive, engine, events } = engineWith(grants[0]!, "ok");
    const session = await engine.startSession();
    await Promise.all([session.end(), session.end()]);
    expect(drive.sent).toHaveLength(2);
    expect(events).toEqual(["started 0", "ended 0"]);
  });

  it("comes with the end of its scope", async () => {
    const { drive, engine } = engineWith(grants[0]!, "ok");
    {
      await using session = await engine.startSession();
      expect(session.state).toBe("started");
    }
    expect(drive.sent).toEqual([askForAgid, reportInvalidate[0]]);
  });

  it("is no failure where the drive does not know the AGID any more", async () => {
    const { engine, drive } = engineWith(grants[0]!, "05/2c/00", "05/24/00");
    const session = await engine.startSession();
    await session.end();
    expect(session.state).toBe("ended");
    expect(drive.isFinished).toBe(true);
  });
});

describe("endAllSessions", () => {
  it("takes all four AGIDs back, whatever fails on the way", async () => {
    const { drive, engine, events } = engineWith(grants[1]!);
    const session = await engine.startSession();
    drive.sent.length = 0;
    const timeout = new UsbTimeoutError("REPORT KEY", 60_000);
    drive.script("05/24/00", "05/24/00", timeout, "ok", "05/20/00", "ok");
    expect(await failureOf(engine.endAllSessions())).toMatchObject({
      code: "END_FAILED",
      cause: timeout,
    });
    expect(drive.sent).toEqual([
      reportInvalidate[0],
      sendInvalidate[0],
      reportInvalidate[1],
      reportInvalidate[2],
      reportInvalidate[3],
      sendInvalidate[3],
    ]);
    expect(session.state).toBe("ended");
    expect(events).toEqual(["started 1", "ended 1"]);
  });
});

describe("close", () => {
  it("ends the sessions that there are, and takes no more", async () => {
    const { drive, engine, events } = engineWith(grants[0]!, grants[3]!, "ok", "ok");
    await engine.startSession();
    await engine.startSession();
    await engine.close();
    await engine.close();
    expect(drive.sent.slice(2)).toEqual([reportInvalidate[0], reportInvalidate[3]]);
    expect(events.slice(2)).toEqual(["ended 0", "ended 3"]);
    for (const refused of [engine.startSession(), engine.setRegion(1, { confirm: 5 })]) {
      expect(isKeyError(await failureOf(refused), "ENGINE_CLOSED")).toBe(true);
    }
    expect(drive.sent).toHaveLength(4);
  });

  it("costs nothing where there is none", async () => {
    const { drive, engine } = engineWith();
    await engine.close();
    expect(drive.sent).toEqual([]);
  });

  it("ends a session that was just being started", async () => {
    const { drive, engine } = engineWith(grants[0]!, "ok");
    const starting = engine.startSession();
    await engine.close();
    expect((await starting).state).toBe("ended");
    expect(drive.sent).toEqual([askForAgid, reportInvalidate[0]]);
  });

  it("is content with a drive that has gone", async () => {
    const { engine, events } = engineWith(grants[0]!, new UsbDisconnectedError("REPORT KEY"));
    await engine.startSession();
    await engine.close();
    expect(events).toEqual(["started 0", "ended 0"]);
  });

  it("asks nothing of a drive that was reset", async () => {
    const { drive, engine } = engineWith(grants[0]!);
    await engine.startSession();
    engine.noteUnitAttention({ asc: 0x29 });
    await engine.close();
    expect(drive.sent).toEqual([askForAgid]);
  });
});
