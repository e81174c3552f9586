/**
 * Records anew the conversations of `test/virtual/usbip/captures`, in the guest:
 * `npx tsx test/guest/record-captures.ts`.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { runInGuest } from "./guest.js";
import { requirePackages } from "./packages.js";
import { guestCache, repository } from "./paths.js";

const captures = ["kernel-list.txt", "kernel-attach.txt"];

requirePackages();
const outcome = await runInGuest({
  command: ["node_modules/.bin/tsx", "test/guest/programs/record-captures.ts"],
  keep: captures,
});
if (!("status" in outcome) || outcome.status !== 0) process.exit(1);
for (const name of captures) {
  copyFileSync(join(guestCache, name), join(repository, "test/virtual/usbip/captures", name));
}
