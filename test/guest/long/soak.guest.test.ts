import { it } from "vitest";

import { soak } from "../support/soak.js";

it("10,000 commands, one in twenty with a fault, over libusb", { timeout: 3_000_000 }, () =>
  soak(10_000, Date.now() & 0xffff),
);
