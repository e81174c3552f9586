import { describe, expect, it } from "vitest";
import type { VirtualDriveOptions } from "../../../src/virtual/drive.js";
import { hex } from "../../bytes.js";
import {
  ask,
  numberedDisc,
  outcomeOf,
  readyDrive,
  run,
  senseOf,
  senseText,
} from "../drive-host.js";
import {
  hostChallenge,
  protectedDisc,
  readDiscKey,
  report,
  rightKey2,
  scripted,
  send,
  steps,
  take,
  wrongKey2,
} from "../key-host.js";
import { cbw, csw, UsbHost } from "../usb-host.js";

const testUnitReady = "00 00 00 00 00 00";
const asf = "A4 00 00000000 00 00 0008 05 00";
const cleared = hex("0006 0000 000000 00");
const set = hex("0006 0000 000000 01");

const dvd = (options: VirtualDriveOptions = {}) =>
  readyDrive({ disc: protectedDisc(), authenticator: scripted, ...options });

describe("an authentication", () => {
  it("goes through its steps, byte for byte, under the AGID it was granted", async () => {
    const drive = dvd();
    run(drive, report(0x00)); // AGID 0 is another's
    expect(await outcomeOf(drive, "A4 00 00000000 00 00 0008 00 00")).toEqual(
      hex("0006 0000 000000 40"),
    );
    const sendChallenge = "A3 00 00000000 00 00 0010 41 00";
    expect(drive.parameterLength(hex(sendChallenge))).toBe(16);
    expect(await outcomeOf(drive, sendChallenge, hostChallenge)).toEqual(hex(""));
    expect(await outcomeOf(drive, "A4 00 00000000 00 00 000C 42 00")).toEqual(
      hex("000A 0000 C1C2C3C4C5 000000"),
    );
    expect(await outcomeOf(drive, "A4 00 00000000 00 00 0010 41 00")).toEqual(
      hex("000E 0000 A0A1A2A3A4A5A6A7A8A9 0000"),
    );
    expect(await outcomeOf(drive, asf)).toEqual(cleared);
    const sendKey2 = "A3 00 00000000 00 00 000C 43 00";
    expect(drive.parameterLength(hex(sendKey2))).toBe(12);
    expect(await outcomeOf(drive, sendKey2, rightKey2)).toEqual(hex(""));
    expect(await outcomeOf(drive, asf)).toEqual(set);
  });

  it("hands the authenticator what came over the wire", async () => {
    const seen: Uint8Array[] = [];
    const drive = dvd({
      authenticator: {
        ...scripted,
        prove: (challenge) => {
          seen.push(challenge);
          return scripted.prove(challenge);
        },
        verifyHost: (challenge, key2) => {
          seen.push(challenge, key2);
          return scripted.verifyHost(challenge, key2);
        },
      },
    });
    await take(drive);
    expect(seen).toEqual([
      hex("B0B1B2B3B4B5B6B7B8B9"),
      hex("A0A1A2A3A4A5A6A7A8A9"),
      hex("D1D2D3D4D5"),
    ]);
  });

  it("is cut at the allocation length", async () => {
    const drive = dvd();
    await take(drive, 2);
    expect(await outcomeOf(drive, "A4 00 00000000 00 00 0005 02 00")).toEqual(hex("000A 0000 C1"));
  });

  const order = "05/2c/00";
  const noBusKey = "05/6f/02";
  const table: readonly (readonly [state: string, steps: number, ...outcomes: string[]])[] = [
    ["not granted", 0, order, order, order, order, order, noBusKey, noBusKey],
    ["granted", 1, "good", order, order, order, order, noBusKey, noBusKey],
    ["challenged by the host", 2, order, "good", order, order, order, noBusKey, noBusKey],
    ["proved by the drive", 3, order, order, "good", order, order, noBusKey, noBusKey],
    ["challenged by the drive", 4, order, order, order, "good", "05/6f/00", noBusKey, noBusKey],
    ["established", 5, order, order, order, order, order, "good", "good"],
  ];
  const columns: readonly (readonly [name: string, cdb: string, parameters: string])[] = [
    ["SEND KEY 01h", send(0x01, 16), hostChallenge],
    ["REPORT KEY 02h", report(0x02), ""],
    ["REPORT KEY 01h", report(0x01), ""],
    ["SEND KEY 03h, right", send(0x03, 12), rightKey2],
    ["SEND KEY 03h, wrong", send(0x03, 12), wrongKey2],
    ["REPORT KEY 04h", report(0x04, 0, 5), ""],
    ["READ DISC STRUCTURE 02h", readDiscKey(), ""],
  ];
  const cells = table.flatMap(([state, taken, ...outcomes]) =>
    columns.map(([name, cdb, parameters], column) => ({
      ...{ state, taken, name, cdb, parameters },
      outcome: outcomes[column]!,
    })),
  );

  it.each(cells)("$state, answers $name with $outcome", async (cell) => {
    const drive = dvd();
    await take(drive, cell.taken);
    const reply = await ask(drive, cell.cdb, cell.parameters);
    expect(senseText(reply)).toBe(cell.outcome);
    expect(await outcomeOf(drive, asf)).toEqual(
      cell.taken === 5 || (cell.taken === 4 && cell.outcome === "good") ? set : cleared,
    );
  });

  it.each(cells.filter(({ outcome }) => outcome === order || outcome === noBusKey))(
    "$state, is where it was after $name was refused",
    async ({ taken, cdb, parameters }) => {
      const drive = dvd();
      await take(drive, taken);
      await ask(drive, cdb, parameters);
      for (const [next, nextParameters] of steps.slice(taken)) {
        expect(senseText(await ask(drive, next(0), nextParameters))).toBe("good");
      }
      expect(senseText(await ask(drive, readDiscKey()))).toBe("good");
    },
  );

  it("begins anew, its AGID still granted, after a wrong KEY2", async () => {
    const drive = dvd();
    await take(drive, 4);
    expect(senseText(await ask(drive, send(0x03, 12), wrongKey2))).toBe("05/6f/00");
    expect(senseText(await ask(drive, send(0x03, 12), rightKey2))).toBe("05/2c/00");
    for (const [cdb, parameters] of steps.slice(1)) {
      expect(senseText(await ask(drive, cdb(0), parameters))).toBe("good");
    }
    expect(await outcomeOf(drive, asf)).toEqual(set);
  });

  it("leaves the other AGIDs alone", async () => {
    const drive = dvd();
    await take(drive);
    run(drive, report(0x00));
    expect(senseOf(drive, report(0x02, 1))).toBe("05/2c/00");
    expect(senseOf(drive, readDiscKey(1))).toBe("05/6f/02");
    expect(senseOf(drive, report(0x3f, 1))).toBe("good");
    expect(senseOf(drive, readDiscKey(0))).toBe("good");
  });

  it.each([
    ["SEND KEY 01h of another length", send(0x01, 12), "000A 0000 D1D2D3D4D5 000000", "05/1a/00"],
    ["SEND KEY 01h without its header", send(0x01, 16), "00".repeat(16), "05/26/00"],
    ["SEND KEY 03h of another length", send(0x03, 16), hostChallenge, "05/1a/00"],
    [
      "SEND KEY 03h with its length swapped",
      send(0x03, 12),
      "0A00 0000 D1D2D3D4D5 000000",
      "05/26/00",
    ],
  ])("refuses %s", (_, cdb, parameters, sense) => {
    expect(senseOf(dvd(), cdb, parameters)).toBe(sense);
  });

  it("needs a DVD at every step", () => {
    const empty = readyDrive();
    const cd = readyDrive({ disc: numberedDisc(1, { media: "cd-rom" }) });
    for (const [cdb, parameters] of [
      ...steps,
      [() => report(0x04), ""],
      [() => asf, ""],
    ] as const) {
      expect(senseOf(empty, cdb(0), parameters)).toBe("02/3a/01");
      expect(senseOf(cd, cdb(0), parameters)).toBe("05/30/02");
    }
  });
});

describe("what ends an authentication", () => {
  it.each([
    ["REPORT KEY 3Fh", report(0x3f), set],
    ["SEND KEY 3Fh", send(0x3f, 0), set],
  ])("%s takes the AGID and its bus key, not the ASF", async (_, cdb, flag) => {
    const drive = dvd();
    await take(drive);
    expect(senseOf(drive, cdb)).toBe("good");
    expect(senseOf(drive, readDiscKey())).toBe("05/6f/02");
    expect(await outcomeOf(drive, asf)).toEqual(flag);
    expect(await outcomeOf(drive, report(0x00))).toEqual(cleared);
  });

  it("a disc change and a reset take all there is", async () => {
    for (const end of ["change", "eject", "reset"] as const) {
      const drive = dvd();
      await take(drive);
      if (end === "change") drive.insert(protectedDisc());
      if (end === "eject") {
        drive.eject();
        drive.closeTray();
      }
      if (end === "reset") drive.reset();
      run(drive, testUnitReady);
      expect(senseOf(drive, readDiscKey())).toBe("05/6f/02");
      expect(await outcomeOf(drive, asf)).toEqual(cleared);
      expect(await outcomeOf(drive, report(0x00))).toEqual(cleared);
    }
  });
});

describe("a drive whose secret half takes its time", () => {
  it.each([
    ["KEY1", 2, report(0x02), ""],
    ["its challenge", 3, report(0x01), ""],
    ["its verdict", 4, send(0x03, 12), rightKey2],
  ])("gives up %s when a reset comes in between", async (_, taken, cdb, parameters) => {
    const drive = dvd();
    await take(drive, taken);
    const reply = ask(drive, cdb, parameters);
    drive.reset();
    run(drive, testUnitReady);
    run(drive, report(0x00)); // the same AGID, another grant
    expect(senseText(await reply)).toBe("05/2c/00");
    expect(await outcomeOf(drive, asf)).toEqual(cleared);
    expect(senseOf(drive, send(0x01, 16), hostChallenge)).toBe("good");
  });

  it("takes KEY2 once, however often it is sent meanwhile", async () => {
    const drive = dvd();
    await take(drive, 4);
    const replies = await Promise.all([
      ask(drive, send(0x03, 12), rightKey2),
      ask(drive, send(0x03, 12), wrongKey2),
    ]);
    expect(replies.map(senseText)).toEqual(["good", "05/2c/00"]);
    expect(senseOf(drive, readDiscKey())).toBe("good");
  });
});

describe("a drive whose secret half fails", () => {
  const broken = new Error("no entropy");
  it.each([
    ["rejects on KEY1", 2, { prove: () => Promise.reject(broken) }, report(0x02), ""],
    ["is short with KEY1", 2, { prove: () => Promise.resolve(hex("C1")) }, report(0x02), ""],
    [
      "rejects on its challenge",
      3,
      { createChallenge: () => Promise.reject(broken) },
      report(0x01),
      "",
    ],
    [
      "is long with its challenge",
      3,
      { createChallenge: () => Promise.resolve(new Uint8Array(11)) },
      report(0x01),
      "",
    ],
    ["rejects on KEY2", 4, { verifyHost: () => Promise.reject(broken) }, send(0x03, 12), rightKey2],
  ])("and %s reports a logical unit failure", async (_, taken, secret, cdb, parameters) => {
    const drive = dvd({ authenticator: { ...scripted, ...secret } });
    await take(drive, taken);
    expect(senseText(await ask(drive, cdb, parameters))).toBe("04/3e/01");
    expect((drive.lastFailure as Error).message).toMatch(/authenticator gave no/);
    expect(senseOf(drive, readDiscKey())).toBe("05/6f/02");
  });
});

describe("an authentication over USB", () => {
  it("waits for the secret half before it answers with data or a status", async () => {
    const drive = dvd();
    await take(drive, 2);
    const host = new UsbHost(drive);
    host.out(cbw("0C000000", "80", "A4 00 00000000 00 00 000C 02 00"));
    const key1 = host.in(12);
    const passed = host.in(13);
    expect(key1.outcome).toBeUndefined();
    await settled();
    expect(key1.outcome?.data).toEqual(hex("000A 0000 C1C2C3C4C5 000000"));
    expect(passed.outcome?.data).toEqual(csw("00000000", "00"));

    await ask(drive, report(0x01));
    host.out(cbw("0C000000", "00", "A3 00 00000000 00 00 000C 03 00"));
    expect(host.out(hex(wrongKey2)).outcome).toMatchObject({ status: "ok", bytesWritten: 12 });
    const failed = host.in(13);
    await settled();
    expect(failed.outcome?.data).toEqual(csw("00000000", "01"));
    host.out(cbw("12000000", "80", "03 00 00 00 12 00"));
    expect(host.in(18).outcome?.data).toEqual(hex("70 00 05 00000000 0A 00000000 6F 00 00 000000"));
  });
});

/** Lets every promise that is already resolved have its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
