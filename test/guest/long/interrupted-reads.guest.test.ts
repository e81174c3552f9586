import { it } from "vitest";

import { interruptReads } from "../support/interrupted-reads.js";

it.each(["SIGINT", "SIGTERM"] as const)(
  "fifty reads that end by %s give the drive back, with its tray free",
  { timeout: 1_500_000 },
  (signal) => interruptReads(signal, 50),
);
