import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VirtualDrive } from "../../src/virtual/drive.js";
import { ask, dataOf, readyDrive, senseOf, senseText } from "./drive-host.js";
import {
  hostChallenge,
  protectedDisc,
  readDiscKey,
  report,
  rightKey2,
  scripted,
  send,
  wrongKey2,
} from "./key-host.js";

const testUnitReady = "00 00 00 00 00 00";
const setRegion = "A3 00 00000000 00 00 0008 06 00";
const pair = (value: number) => value.toString(16).padStart(2, "0");
const regionList = (mask: number) => `0006 0000 ${pair(mask)} 00 0000`;
const regionMasks = [0xfe, 0xfd, 0x7f, 0xff, 0x00, 0xfc];

/**
 * What a drive remembers, told in numbers: how many of the five steps each AGID has behind it, the
 * ASF, and the region. The disc is `protectedDisc`, whose blocks 4 to 7 and 10 to 11 are scrambled.
 */
class Model {
  steps = [0, 0, 0, 0];
  asf = false;
  changes = 5;
  region = 0xff;
  discMask = 0x00;

  forget(): void {
    this.steps = [0, 0, 0, 0];
    this.asf = false;
  }

  /** Step `number` of an AGID, 2 to 5. */
  step(agid: number, number: number): string {
    if (this.steps[agid] !== number - 1) return "05/2c/00";
    this.steps[agid] = number;
    if (number === 5) this.asf = true;
    return "good";
  }

  readKey(agid: number, refusal?: string): string {
    if (this.steps[agid] !== 5) return "05/6f/02";
    if (refusal) return refusal;
    this.steps[agid] = 0;
    return "good";
  }

  titleRefusal(lba: number): string | undefined {
    if (lba > 15) return "05/21/00";
    if (this.region !== 0xff && (this.discMask & ~this.region & 0xff) !== 0) return "05/6f/04";
    return isScrambled(lba) ? undefined : "05/6f/01";
  }

  setRegion(mask: number): string {
    if (![0xfe, 0xfd, 0x7f].includes(mask)) return "05/26/00";
    if (this.changes === 0) return "05/6f/05";
    if (this.region !== 0xff && (this.discMask & ~mask & 0xff) !== 0) return "05/6f/04";
    this.changes--;
    this.region = mask;
    return "good";
  }

  get rpcState(): string {
    const type = this.region === 0xff ? 0 : this.changes > 1 ? 1 : this.changes === 1 ? 2 : 3;
    const counters = (type << 6) | (4 << 3) | this.changes;
    return ["0006", "0000", pair(counters), pair(this.region), "01", "00"].join("");
  }
}

const isScrambled = (lba: number) => (lba >= 4 && lba <= 7) || lba === 10 || lba === 11;

const agids = fc.nat(3);
type Act = (drive: VirtualDrive, model: Model) => Promise<void>;

/** Sends a command and holds its sense against what the model makes of it. */
const act =
  (cdb: string, parameters: string, expected: (model: Model) => string): Act =>
  async (drive, model) => {
    const reply = await ask(drive, cdb, parameters);
    expect(senseText(reply), cdb).toBe(expected(model));
  };

const grant: Act = async (drive, model) => {
  const reply = await ask(drive, report(0x00));
  const free = model.steps.indexOf(0);
  expect(senseText(reply)).toBe(free < 0 ? "05/55/00" : "good");
  if (free < 0) return;
  expect(reply.dataIn[7]).toBe(free << 6);
  model.steps[free] = 1;
};

const authenticate = agids.chain((agid) =>
  fc.constantFrom<Act>(
    act(send(0x01, 16, agid), hostChallenge, (model) => model.step(agid, 2)),
    act(report(0x02, agid), "", (model) => model.step(agid, 3)),
    act(report(0x01, agid), "", (model) => model.step(agid, 4)),
    act(send(0x03, 12, agid), rightKey2, (model) => model.step(agid, 5)),
    act(send(0x03, 12, agid), wrongKey2, (model) => {
      if (model.steps[agid] !== 4) return "05/2c/00";
      model.steps[agid] = 1;
      return "05/6f/00";
    }),
  ),
);

/** What is left of a sequence, so that sessions are established more than once in a blue moon. */
const finish = agids.map<Act>((agid) => async (drive, model) => {
  for (const [number, cdb, parameters] of [
    [2, send(0x01, 16, agid), hostChallenge],
    [3, report(0x02, agid), ""],
    [4, report(0x01, agid), ""],
    [5, send(0x03, 12, agid), rightKey2],
  ] as const) {
    const expected = model.step(agid, number);
    expect(senseText(await ask(drive, cdb, parameters))).toBe(expected);
  }
});

const invalidate = fc.tuple(agids, fc.boolean()).map(([agid, byReport]) =>
  act(byReport ? report(0x3f, agid) : send(0x3f, 0, agid), "", (model) => {
    model.steps[agid] = 0;
    return "good";
  }),
);

const readTitleKey = fc
  .tuple(agids, fc.nat(17))
  .map(([agid, lba]) =>
    act(report(0x04, agid, lba), "", (model) => model.readKey(agid, model.titleRefusal(lba))),
  );

const readKeyOfDisc = agids.map((agid) =>
  act(readDiscKey(agid), "", (model) => model.readKey(agid)),
);

const readBlock = fc
  .nat(15)
  .map((lba) =>
    act(`28 00 000000${pair(lba)} 00 0001 00`, "", (model) =>
      isScrambled(lba) && !model.asf ? "05/6f/03" : "good",
    ),
  );

const chooseRegion = fc
  .constantFrom(...regionMasks)
  .map((mask) => act(setRegion, regionList(mask), (model) => model.setRegion(mask)));

const change = fc.constantFrom(0x00, 0xfe, 0xfd).map<Act>((mask) => (drive, model) => {
  drive.insert(protectedDisc(mask));
  expect(senseOf(drive, testUnitReady)).toBe("06/28/00");
  model.discMask = mask;
  model.forget();
  return Promise.resolve();
});

const reset: Act = (drive, model) => {
  drive.reset();
  expect(senseOf(drive, testUnitReady)).toBe("06/29/00");
  model.forget();
  return Promise.resolve();
};

const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(grant) },
    { weight: 6, arbitrary: authenticate },
    { weight: 4, arbitrary: finish },
    { weight: 2, arbitrary: invalidate },
    { weight: 3, arbitrary: readTitleKey },
    { weight: 2, arbitrary: readKeyOfDisc },
    { weight: 2, arbitrary: readBlock },
    { weight: 3, arbitrary: chooseRegion },
    { weight: 1, arbitrary: change },
    { weight: 1, arbitrary: fc.constant(reset) },
  ),
  { maxLength: 40 },
);

const freshDrive = () => readyDrive({ disc: protectedDisc(), authenticator: scripted });
const text = (data: Uint8Array) => Array.from(data, pair).join("");

describe("a drive that is asked anything about keys", () => {
  it("answers as the model does, with its flag, its counters and its AGIDs", async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (sequence) => {
        const drive = freshDrive();
        const model = new Model();
        for (const each of sequence) {
          await each(drive, model);
          expect(text(dataOf(drive, report(0x08)))).toBe(model.rpcState);
          expect(dataOf(drive, report(0x05))[7]).toBe(model.asf ? 1 : 0);
        }
        const taken = model.steps.filter((steps) => steps > 0).length;
        for (let free = 4 - taken; free > 0; free--) await grant(drive, model);
        expect(senseOf(drive, report(0x00))).toBe("05/55/00");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a drive that is asked everything at once", () => {
  const commands: readonly (readonly [cdb: string, parameters: string])[] = [
    [report(0x00), ""],
    ...[0, 1].flatMap((agid): [string, string][] => [
      [send(0x01, 16, agid), hostChallenge],
      [report(0x02, agid), ""],
      [report(0x01, agid), ""],
      [send(0x03, 12, agid), rightKey2],
      [report(0x3f, agid), ""],
      [readDiscKey(agid), ""],
    ]),
    [setRegion, regionList(0xfe)],
    [setRegion, regionList(0xfd)],
  ];
  /** A command, and after how many turns of the microtask queue the next one follows. */
  const sent = fc.array(
    fc.tuple(fc.constantFrom("reset" as const, ...commands, ...commands, ...commands), fc.nat(6)),
    { maxLength: 40 },
  );

  it("spends a change for every region set, and can always grant four AGIDs again", async () => {
    await fc.assert(
      fc.asyncProperty(sent, async (sequence) => {
        const drive = freshDrive();
        const replies: { cdb: string; reply: ReturnType<typeof ask> }[] = [];
        for (const [command, turns] of sequence) {
          if (command === "reset") {
            drive.reset();
            senseOf(drive, testUnitReady);
          } else {
            replies.push({ cdb: command[0], reply: ask(drive, ...command) });
          }
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        }
        let spent = 0;
        for (const { cdb, reply } of replies) {
          if (senseText(await reply) === "good" && cdb === setRegion) spent++;
        }
        expect(drive.region.userChanges).toBe(5 - spent);
        expect(drive.region.type === "permanent").toBe(spent === 5);
        for (let agid = 0; agid < 4; agid++) senseOf(drive, report(0x3f, agid));
        const grants = Array.from({ length: 4 }, () => dataOf(drive, report(0x00))[7]);
        expect(grants).toEqual([0x00, 0x40, 0x80, 0xc0]);
        expect(senseOf(drive, report(0x00))).toBe("05/55/00");
      }),
      { numRuns: 1000 },
    );
  });
});
