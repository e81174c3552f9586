import { InvalidArgumentError } from "commander";

const unitMs = { "": 1_000, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `90`, `90s`, `15m` or `2h`, in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It is a number with s, m or h behind it.");
  const [, count = "", unit = ""] = match;
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}
