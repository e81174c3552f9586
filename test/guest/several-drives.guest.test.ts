import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

import { rescueDisc } from "../../src/imaging/rescue-disc.js";
import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { openDriveAt } from "./support/open-drive.js";
import { plugDrive } from "./support/plugged-drive.js";

it("two drives are copied at once, each at its own pace", { timeout: 180_000 }, async () => {
  const { path: disc, blocks } = guestDisc("cd");
  const folder = await mkdtemp("/tmp/several-");
  await using slowServer = await DriveServer.start();
  await using fastServer = await DriveServer.start();
  await using slowPlugged = await plugDrive(slowServer, { disc: { path: disc } });
  await using fastPlugged = await plugDrive(fastServer, { disc: { path: disc } });
  await using slow = await openDriveAt(slowPlugged.location);
  await using fast = await openDriveAt(fastPlugged.location);
  await slowServer.call("setFaults", "op=28 phase=data: delay 400");

  const ended: string[] = [];
  const results = await Promise.all([
    rescueDisc(slow, join(folder, "slow.iso"), { blocks }).finally(() => ended.push("slow")),
    rescueDisc(fast, join(folder, "fast.iso"), { blocks }).finally(() => ended.push("fast")),
  ]);
  expect(ended).toEqual(["fast", "slow"]);
  const sha256 = createHash("sha256")
    .update(await readFile(disc))
    .digest("hex");
  expect(results.map(({ hashes }) => hashes.sha256)).toEqual([sha256, sha256]);
});
