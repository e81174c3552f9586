import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { rescueDisc } from "../../src/imaging/rescue-disc.js";
import { guestDisc } from "./support/discs.js";
import { DriveServer } from "./support/drive-server.js";
import { openDriveAt } from "./support/open-drive.js";
import { plugDrive } from "./support/plugged-drive.js";
import { output } from "./support/shell.js";
import { discDevice } from "./support/sysfs.js";

/** Sectors that cannot be read at first, and the script for it. */
const scratches = "lba=700-705: sense 03/11/00\nlba=1200: sense 03/11/00";

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

describe("a disc that is rescued by two programs in turn", { timeout: 240_000 }, () => {
  let server: DriveServer;
  const { path: disc, blocks } = guestDisc("cd");
  beforeAll(async () => {
    server = await DriveServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("is begun by us over libusb, and finished by ddrescue on the kernel's device", async () => {
    const image = join(await mkdtemp("/tmp/rescue-"), "disc.iso");
    await using plugged = await plugDrive(server, { disc: { path: disc } });
    await server.call("setFaults", scratches);
    {
      await using drive = await openDriveAt(plugged.location);
      const { missingBytes } = await rescueDisc(drive, image, { blocks });
      expect(missingBytes).toBe(7 * 2048);
    }
    await server.call("setFaults", "");
    const device = await discDevice(plugged.location);
    const shown = await output(`ddrescuelog --show-status "$1"`, `${image}.map`);
    expect(shown).toMatch(/bad-sector: +14336 B,/);
    await output(`ddrescue -b 2048 -r 1 -R "$1" "$2" "$2.map"`, device, image);
    expect(await sha256(image)).toBe(await sha256(disc));
    await output(`ddrescuelog --done-status "$1"`, `${image}.map`);
  });

  it("is begun by ddrescue, and finished by us", async () => {
    const image = join(await mkdtemp("/tmp/rescue-"), "disc.iso");
    await using plugged = await plugDrive(server, { disc: { path: disc } });
    await server.call("setFaults", scratches);
    await output(`ddrescue -b 2048 "$1" "$2" "$2.map"`, plugged.disc, image);
    await server.call("setFaults", "");
    await using drive = await openDriveAt(plugged.location);
    const { missingBytes, wasResumed, hashes } = await rescueDisc(drive, image, {
      blocks,
      retries: 1,
    });
    expect({ missingBytes, wasResumed }).toEqual({ missingBytes: 0, wasResumed: true });
    expect(hashes.sha256).toBe(await sha256(disc));
    expect(await sha256(image)).toBe(hashes.sha256);
  });
});
