import { setTimeout as delay } from "node:timers/promises";

/** Polls until `look` finds something, and throws that `what` did not come within `timeoutMs`. */
export async function until<Found>(
  what: string,
  look: () => Found | undefined | Promise<Found | undefined>,
  timeoutMs = 20_000,
): Promise<Found> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${timeoutMs} ms`);
    await delay(50);
  }
}
