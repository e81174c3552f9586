import { InvalidArgumentError } from "commander";
import type { MediumKind } from "../drive/medium.js";
import { UsageError } from "./errors.js";
import { singleSpeeds } from "./format.js";

/** A speed as it is asked for: the fastest, the slowest, or a multiple of the single one. */
export type WantedSpeed = "max" | "min" | number;

/** `max`, `min`, `4` or `4x`. */
export function parseSpeed(text: string): WantedSpeed {
  if (text === "max" || text === "min") return text;
  const match = /^(\d{1,2}(?:\.\d)?)x?$/i.exec(text);
  const times = Number(match?.[1] ?? 0);
  if (times > 0) return times;
  throw new InvalidArgumentError("It is max, min, or a multiple of the single speed, such as 4x.");
}

/**
 * Bytes a second for a wanted speed, of which the drive takes the nearest that it has. Throws
 * `UsageError` where nobody knows what a single speed is.
 */
export function speedFor(kind: MediumKind | undefined, wanted: WantedSpeed): number | "max" {
  if (wanted === "max") return "max";
  if (kind === undefined) {
    throw new UsageError(
      "The drive does not tell what kind of disc this is: leave the speed to it.",
    );
  }
  return singleSpeeds[kind] * (wanted === "min" ? 1 : wanted);
}
