import { it } from "vitest";

import { interruptReads } from "./support/interrupted-reads.js";

it.each(["SIGINT", "SIGTERM"] as const)(
  "a read that ends by %s gives the drive back, with its tray free",
  { timeout: 240_000 },
  (signal) => interruptReads(signal, 3),
);
