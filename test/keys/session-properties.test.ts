import fc from "fast-check";
import { expect, it } from "vitest";
import type { Executor } from "../../src/scsi/executor.js";
import { KeyEngine } from "../../src/keys/key-engine.js";
import type { KeySession } from "../../src/keys/key-session.js";
import type { Command } from "../../src/scsi/command.js";
import { senseError } from "./scripted-executor.js";

/** What a reply is cut down to, or which sense data comes instead of it. */
type Fault = "none" | "05/2c/00" | "05/6f/00" | "05/6f/02" | "02/3a/00" | { readonly cut: number };

/** A drive that grants AGIDs and takes them back, and is otherwise as bad as its faults. */
class GrantingDrive implements Executor {
  readonly granted = new Set<number>();
  readonly #faults: readonly Fault[];
  readonly #takesReportInvalidate: boolean;
  #turn = 0;

  constructor(faults: readonly Fault[], takesReportInvalidate: boolean) {
    this.#faults = faults;
    this.#takesReportInvalidate = takesReportInvalidate;
  }

  async execute<Reply>(command: Command<Reply>): Promise<Reply> {
    await Promise.resolve();
    const { cdb } = command;
    const agid = (cdb[10] ?? 0) >> 6;
    const format = (cdb[10] ?? 0) & 0x3f;
    const isReport = cdb[0] === 0xa4;
    if (format === 0x3f) {
      if (isReport && !this.#takesReportInvalidate) throw senseError(command, "05/24/00");
      this.granted.delete(agid);
      return command.decode(new Uint8Array(0));
    }
    const fault = this.#faults[this.#turn++ % this.#faults.length] ?? "none";
    const reply = new Uint8Array(command.transferLength).fill(0xee);
    new DataView(reply.buffer).setUint16(0, reply.length - 2);
    if (isReport && format === 0) {
      const free = [0, 1, 2, 3].find((candidate) => !this.granted.has(candidate));
      if (free === undefined) throw senseError(command, "05/55/00");
      this.granted.add(free);
      reply[7] = free << 6;
    } else if (typeof fault === "string" && fault !== "none") {
      throw senseError(command, fault);
    }
    return command.decode(typeof fault === "string" ? reply : reply.subarray(0, fault.cut));
  }
}

const steps: readonly ((session: KeySession) => Promise<unknown>)[] = [
  (session) => session.sendChallenge(new Uint8Array(10)),
  async (session) => expect(await session.readBusKey()).toEqual(new Uint8Array(5).fill(0xee)),
  async (session) => expect(await session.readChallenge()).toEqual(new Uint8Array(10).fill(0xee)),
  (session) => session.sendBusKey(new Uint8Array(5)),
  async (session) =>
    expect((await session.readTitleKey({ lba: 0 })).key).toEqual(new Uint8Array(5).fill(0xee)),
  async (session) => expect(await session.readDiscKey()).toEqual(new Uint8Array(2048).fill(0xee)),
  (session) => session.end(),
];

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant("none" as const) },
  { weight: 1, arbitrary: fc.constantFrom("05/2c/00", "05/6f/00", "05/6f/02", "02/3a/00") },
  { weight: 1, arbitrary: fc.record({ cut: fc.integer({ min: 0, max: 12 }) }) },
);

const scenario = fc.record({
  faults: fc.array(fault, { minLength: 1, maxLength: 12 }),
  takesReportInvalidate: fc.boolean(),
  // How far each session goes before it is left, as when a caller forgets it.
  depths: fc.array(fc.integer({ min: 0, max: steps.length }), { minLength: 1, maxLength: 7 }),
});

it(
  "leaves no AGID granted, and gives no key that did not come whole",
  { timeout: 60_000 },
  async () => {
    let wholeKeys = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ faults, takesReportInvalidate, depths }) => {
        const drive = new GrantingDrive(faults, takesReportInvalidate);
        const engine = new KeyEngine(drive);
        for (const depth of depths) {
          const session = await engine.startSession().catch(expectCode);
          if (session === undefined) continue;
          for (const step of steps.slice(0, depth)) await step(session).catch(expectCode);
          if (session.state === "keyRead") wholeKeys++;
          if (session.state === "ended") expect(drive.granted.has(session.agid)).toBe(false);
        }
        await engine.close();
        expect([...drive.granted]).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(wholeKeys).toBeGreaterThan(1_000);
  },
);

/** Lets only errors of ours pass: an assertion that fails has another code, or none. */
function expectCode(error: unknown): undefined {
  const codes = ["OUT_OF_ORDER", "SESSION_ENDED", "SESSION_LOST", "STEP_FAILED", "HOST_REFUSED"];
  codes.push("NO_FREE_AGID", "MALFORMED_RESPONSE");
  if (!codes.includes((error as { code: string }).code)) throw error;
}
