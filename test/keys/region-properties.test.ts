import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KeyError } from "../../src/keys/errors.js";
import { KeyEngine } from "../../src/keys/key-engine.js";
import { RegionModel, type ReadOutcome, type SendOutcome } from "./region-model.js";

const runs = 10_000;

/** Something that is done to the drive; `wait` lets it end before the next thing begins. */
type Action = { readonly wait: boolean } & (
  | { readonly do: "set"; readonly region: number; readonly confirm: number | "asShown" }
  | { readonly do: "setInitially" | "read" | "reset" | "unplug" | "replug" }
);

const region = fc.integer({ min: 1, max: 3 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      region,
      confirm: fc.oneof(
        { weight: 4, arbitrary: fc.constant("asShown" as const) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }) },
      ),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("setInitially", "read", "reset", "unplug", "replug"),
      wait: fc.boolean(),
    }),
  },
);

const sendOutcome: fc.Arbitrary<SendOutcome> = fc.record({
  isApplied: fc.boolean(),
  answer: fc.constantFrom("ok", "ok", "ok", "refused", "attention", "timeout", "unplugged"),
  lag: fc.constantFrom(0, 0, 1, 6, 7, 20),
});
const readOutcome: fc.Arbitrary<ReadOutcome> = fc.oneof(
  { weight: 12, arbitrary: fc.constant("ok" as const) },
  { weight: 1, arbitrary: fc.constantFrom("attention", "timeout", "unplugged") },
);

const scenario = fc.record({
  changes: fc.integer({ min: 0, max: 5 }),
  mediumMask: fc.constantFrom(0xfe, 0xfd, 0xf5, 0x00, 0xff),
  sends: fc.array(sendOutcome, { minLength: 1, maxLength: 8 }),
  reads: fc.array(readOutcome, { minLength: 1, maxLength: 20 }),
  actions: fc.array(action, { minLength: 1, maxLength: 10 }),
});

/** Codes that promise that no change of the region was sent. */
const promiseNothingSpent = new Set([
  "REGION_INVALID",
  "REGION_NOT_RPC2",
  "REGION_PERMANENT",
  "REGION_CHANGES_EXHAUSTED",
  "REGION_NOT_CONFIRMED",
  "REGION_REFUSED",
  "ENGINE_CLOSED",
]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it(
  "spends no change that was not confirmed, and never more than there are",
  { timeout: 120_000 },
  async () => {
    let spent = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ changes, mediumMask, sends, reads, actions }) => {
        let sent = 0;
        let read = 0;
        const model = new RegionModel(changes, mediumMask, {
          nextSend: () => sends[sent++ % sends.length]!,
          nextRead: () => reads[read++ % reads.length]!,
        });
        let engine = new KeyEngine(model);
        const pending: Promise<void>[] = [];
        let mayHaveSpent = 0;

        const spends = async (call: Promise<unknown>): Promise<void> => {
          try {
            await call;
            mayHaveSpent++;
          } catch (error) {
            if (!(error instanceof KeyError && promiseNothingSpent.has(error.code))) mayHaveSpent++;
          }
        };
        const settle = async (): Promise<void> => {
          await vi.runAllTimersAsync();
          await Promise.all(pending.splice(0));
        };

        for (const step of actions) {
          switch (step.do) {
            case "set": {
              const confirm = step.confirm === "asShown" ? model.shown.changes : step.confirm;
              pending.push(spends(engine.setRegion(step.region, { confirm })));
              break;
            }
            case "setInitially":
              pending.push(spends(engine.ensureInitialRegion()));
              break;
            case "read":
              pending.push(
                engine.readRegion().then(
                  () => undefined,
                  () => undefined,
                ),
              );
              break;
            case "unplug":
              model.isPlugged = false;
              break;
            case "reset":
              // Not a restart of the model: a drive may report a reset, and lag all the same.
              engine.noteUnitAttention({ asc: 0x29 });
              break;
            case "replug":
              await settle();
              await engine.close();
              model.restart();
              engine = new KeyEngine(model);
              break;
          }
          if (step.wait) await settle();
          else await Promise.resolve();
        }
        await settle();

        expect(model.stored.changes).toBe(changes - model.applied);
        expect(model.stored.changes).toBeGreaterThanOrEqual(0);
        expect(model.applied).toBeLessThanOrEqual(mayHaveSpent);
        // No two that were not refused on one and the same count.
        expect(new Set(model.sentOn).size).toBe(model.sentOn.length);
        expect(vi.getTimerCount()).toBe(0);
        spent += model.applied;
      }),
      { numRuns: runs },
    );
    // The scenarios are worth something only where changes do happen.
    expect(spent).toBeGreaterThan(runs / 4);
  },
);
