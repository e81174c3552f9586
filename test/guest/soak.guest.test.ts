import { it } from "vitest";

import { soak } from "./support/soak.js";

it("a few hundred commands, one in twenty with a fault, over libusb", { timeout: 240_000 }, () =>
  soak(400, 1),
);
