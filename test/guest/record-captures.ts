/**
 * Records anew the conversations of `test/virtual/usbip` and `test/usb/usbip`, in the guest:
 * `npx tsx test/guest/record-captures.ts`.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { runInGuest } from "./guest.js";
import { requirePackages } from "./packages.js";
import { guestCache, repository } from "./paths.js";

/** Each with the folder that it belongs to. */
const captures = new Map([
  ["kernel-list.txt", "test/virtual/usbip/captures"],
  ["kernel-attach.txt", "test/virtual/usbip/captures"],
  ["kernel-server.txt", "test/usb/usbip/captures"],
]);

requirePackages();
const outcome = await runInGuest({
  command: ["node_modules/.bin/tsx", "test/guest/programs/record-captures.ts"],
  keep: [...captures.keys()],
});
if (!("status" in outcome) || outcome.status !== 0) process.exit(1);
for (const [name, folder] of captures) {
  copyFileSync(join(guestCache, name), join(repository, folder, name));
}
