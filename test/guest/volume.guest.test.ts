import { statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { VolumeFormat } from "../../src/volume/index.js";
import { DriveServer } from "./support/drive-server.js";
import { kernelTree, makeTree, ourTree } from "./support/file-tree.js";
import { openDriveAt } from "./support/open-drive.js";
import { plugDrive } from "./support/plugged-drive.js";
import { output } from "./support/shell.js";

/** How the kernel is told which of a disc's file systems to mount. */
const mountOptions: Readonly<Record<VolumeFormat, string>> = {
  udf: "-t udf",
  "rock-ridge": "-t iso9660",
  joliet: "-t iso9660 -o norock,iocharset=utf8",
  iso9660: "-t iso9660 -o norock,nojoliet,map=off",
};

interface Maker {
  readonly name: string;
  /** Makes the image `$1` of the tree `$2`; mounts at `$3`, where it has to. */
  readonly make: string;
  readonly formats: readonly VolumeFormat[];
}

const makers: readonly Maker[] = [
  {
    name: "xorriso",
    make: `xorriso -as mkisofs -quiet -R -J -joliet-long -o "$1" "$2"`,
    formats: ["rock-ridge", "joliet", "iso9660"],
  },
  {
    name: "genisoimage",
    make: `genisoimage -quiet -udf -R -J -joliet-long -o "$1" "$2"`,
    formats: ["udf", "rock-ridge", "joliet", "iso9660"],
  },
  ...["1.02", "1.50", "2.01"].map((revision): Maker => ({
    name: `mkudffs, UDF ${revision}`,
    make: `
      truncate -s 16M "$1"
      mkudffs --utf8 --blocksize=2048 --udfrev=${revision.replace(".", "").padStart(4, "0x0")} "$1" > /dev/null
      mount -t udf -o loop,iocharset=utf8 "$1" "$3"
      cp -a "$2/." "$3" && umount "$3"`,
    formats: ["udf"],
  })),
];

describe("the files on a disc", { timeout: 240_000 }, () => {
  let server: DriveServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp("/tmp/volume-");
    await makeTree(join(folder, "tree"));
    await output(`mkdir -p "$1"; modprobe loop`, join(folder, "mounted"));
    server = await DriveServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(makers)("made by $name are those that the kernel sees", async ({ make, formats }) => {
    const image = join(folder, "disc.iso");
    const mounted = join(folder, "mounted");
    await output(`set -e; rm -f "$1"; ${make}`, image, join(folder, "tree"), mounted);
    await using plugged = await plugDrive(server, { disc: { path: image } });
    const seen = new Map<VolumeFormat, string[]>();
    for (const format of formats) {
      await output(`mount -o ro ${mountOptions[format]} "$1" "$2"`, plugged.disc, mounted);
      try {
        seen.set(format, await kernelTree(mounted));
      } finally {
        await output(`umount "$1"`, mounted);
      }
    }
    await using drive = await openDriveAt(plugged.location);
    const blocks = statSync(image).size / 2048;
    for (const format of formats) {
      const unversioned = seen.get(format)?.map((line) => line.replace(/\.?;1$/, ""));
      expect(await ourTree(drive, blocks, format), format).toEqual(unversioned?.sort());
    }
    // A copy of the tree on which it was made, as far as the format can tell of it.
    const original = await kernelTree(join(folder, "tree"));
    if (formats.includes("rock-ridge")) {
      // genisoimage leaves the folder to be seen that it moves deep directories to.
      const ours = await ourTree(drive, blocks, "rock-ridge");
      expect(ours.filter((line) => line !== "d 0 - rr_moved")).toEqual(original);
    }
    if (formats.length === 1) expect(await ourTree(drive, blocks, "udf")).toEqual(original);
  });

  it("are those that isoinfo sees", async () => {
    const image = join(folder, "disc.iso");
    const isoinfo = async (options: string): Promise<string[]> =>
      (await output(`isoinfo ${options} -f -i "$1"`, image)).trim().split("\n").sort();
    await output(
      `genisoimage -quiet -udf -R -J -joliet-long -o "$1" "$2"`,
      image,
      join(folder, "tree"),
    );
    const names = { "rock-ridge": await isoinfo("-R"), joliet: await isoinfo("-J -j iso8859-15") };
    // It shows Joliet's names in 8 bits a character.
    const hasWideCharacters = (name: string): boolean => name.startsWith("/Ein Verzeichnis/");
    await using plugged = await plugDrive(server, { disc: { path: image } });
    await using drive = await openDriveAt(plugged.location);
    for (const format of ["rock-ridge", "joliet"] as const) {
      const ours = await ourTree(drive, statSync(image).size / 2048, format);
      const paths = ours.map(
        (line) => `/${line.replace(/^\w \d+ \S+ /, "").replace(/ -> .*/, "")}`,
      );
      // Deep directories are where they were moved to for it, and not where they belong.
      const isMoved = (name: string): boolean => /^\/rr_moved|^(\/[a-j]){7}\//i.test(name);
      const isCompared = (name: string): boolean =>
        !isMoved(name) && (format === "rock-ridge" || !hasWideCharacters(name));
      const seen = names[format].filter(isCompared);
      expect(seen.length).toBeGreaterThan(50);
      expect(paths.sort().filter(isCompared)).toEqual(seen);
    }
  });
});
