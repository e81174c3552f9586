import { vi } from "vitest";

/** What of the environment stands still on a virtual clock: all that the code measures time with. */
const faked: ("setTimeout" | "clearTimeout" | "performance")[] = [
  "setTimeout",
  "clearTimeout",
  "performance",
];

/** Stops the clock; it goes on by `letTimePass`, until `startClock`. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: faked });
}

export function startClock(): void {
  vi.useRealTimers();
}

/** Lets seconds pass until the promise has settled. Two minutes without an end are a hang. */
export async function letTimePass<Value>(
  promise: Promise<Value>,
  longestSeconds = 120,
): Promise<Value> {
  const state = { settled: false };
  const end = promise.finally(() => (state.settled = true));
  end.catch(() => undefined); // awaited below
  for (let second = 0; second < longestSeconds; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    if (state.settled) return end;
  }
  throw new Error(`It hangs: nothing has come of it in ${longestSeconds} s.`);
}
