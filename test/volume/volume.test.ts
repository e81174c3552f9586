import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { openVolume, readContent, walk, type VolumeFormat } from "../../src/volume/index.js";
import { UsbDvdError } from "../../src/errors.js";
import { fuzzCases, fuzzSeed } from "../fuzz.js";
import { fixture, MemoryDisc, type FixtureName } from "./fixture-disc.js";

const numberedLines = Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join("");

const files: Readonly<Record<string, string>> = {
  "/README.TXT": "A disc to test with.\n",
  "/docs/numbered lines.txt": numberedLines,
  "/docs/ünïcode/日本.txt": "ü\n",
  "/a/b/c/d/e/f/g/h/deep.txt": "deep\n",
  "/none": "",
};
const directories = [
  "/",
  "/docs",
  "/docs/ünïcode",
  "/empty",
  ...["a", "b", "c", "d", "e", "f", "g", "h"].map(
    (_, index, names) => `/${names.slice(0, index + 1).join("/")}`,
  ),
];
const links = { "/absolute": "/absolute/path", "/link": "docs/numbered lines.txt" };

async function contentOf(disc: MemoryDisc, entry: Parameters<typeof readContent>[1]) {
  const pieces: Uint8Array[] = [];
  for await (const chunk of readContent(disc, entry)) pieces.push(chunk.slice());
  return Buffer.concat(pieces).toString();
}

describe("the files on a disc", () => {
  it.each<[FixtureName, VolumeFormat, string]>([
    ["xorriso", "rock-ridge", "FIXTURE"],
    ["genisoimage", "rock-ridge", "FIXTURE"],
    ["genisoimage", "udf", "FIXTURE"],
    ["xorriso", "joliet", "FIXTURE"],
    ["mkudffs-1.02", "udf", "FIXTURE"],
    ["mkudffs-2.01", "udf", "FIXTURE"],
  ])("of %s are all found as %s", async (name, format, label) => {
    const disc = new MemoryDisc(fixture(name));
    const volume = await openVolume(disc, { blocks: disc.blocks, format });
    expect(volume).toMatchObject({ format, label });
    const found: Record<string, string> = {};
    const foundDirectories: string[] = [];
    const foundLinks: Record<string, string | undefined> = {};
    for await (const { path, entry, problem } of walk(volume, { path: [], entry: volume.root })) {
      expect(problem).toBeUndefined();
      const whole = `/${path.join("/")}`;
      if (entry.kind === "directory") foundDirectories.push(whole);
      else if (entry.kind === "link") foundLinks[whole] = entry.target;
      else {
        found[whole] = await contentOf(disc, entry);
        expect(entry.bytes).toBe(Buffer.byteLength(found[whole]));
        // UDF's times are local ones; these discs were made in the zone of Greenwich.
        expect(entry.modified?.toISOString(), whole).toBe("2026-01-02T03:04:06.000Z");
      }
    }
    // Joliet has no links, and genisoimage writes none for UDF, but empty files.
    const hasLinks = format === "rock-ridge" || name.startsWith("mkudffs");
    for (const link of Object.keys(links)) {
      if (hasLinks) break;
      expect(found[link] ?? "").toBe("");
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- compared below
      delete found[link];
    }
    expect(found).toEqual(files);
    expect(foundLinks).toEqual(hasLinks ? links : {});
    const isHelper = (path: string): boolean => path === "/rr_moved" || path === "/lost+found";
    expect(foundDirectories.filter((path) => !isHelper(path)).sort()).toEqual(
      [...directories].sort(),
    );
  });

  it("are taken from the best of the formats that there are", async () => {
    const bestOf = async (name: FixtureName) => {
      const disc = new MemoryDisc(fixture(name));
      return (await openVolume(disc, { blocks: disc.blocks })).format;
    };
    expect(await bestOf("genisoimage")).toBe("udf");
    expect(await bestOf("xorriso")).toBe("rock-ridge");
  });

  it("have their plain names without versions", async () => {
    const disc = new MemoryDisc(fixture("xorriso"));
    const volume = await openVolume(disc, { blocks: disc.blocks, format: "iso9660" });
    const names = (await volume.list(volume.root)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["README.TXT", "DOCS", "NONE"]));
  });

  it("cost no more blocks than tell of them", async () => {
    const disc = new MemoryDisc(Buffer.concat([fixture("xorriso"), Buffer.alloc(1000 * 2048)]));
    await openVolume(disc, { blocks: disc.blocks });
    expect(disc.asked.size).toBeLessThan(100);
  });

  it("are missed with what there is instead", async () => {
    const plain = new MemoryDisc(fixture("xorriso"));
    await expect(openVolume(plain, { blocks: plain.blocks, format: "udf" })).rejects.toMatchObject({
      code: "NO_FILE_SYSTEM",
      message: expect.stringContaining("rock-ridge, iso9660, joliet") as string,
    });
    const empty = new MemoryDisc(new Uint8Array(400 * 2048));
    await expect(openVolume(empty, { blocks: empty.blocks })).rejects.toMatchObject({
      code: "NO_FILE_SYSTEM",
    });
    const tiny = new MemoryDisc(new Uint8Array(2048));
    await expect(openVolume(tiny, { blocks: tiny.blocks })).rejects.toMatchObject({
      code: "NO_FILE_SYSTEM",
    });
  });
});

describe("a damaged disc", () => {
  const originals = (["xorriso", "genisoimage", "mkudffs-1.02", "mkudffs-2.01"] as const).map(
    fixture,
  );

  /** Reads all that there is, and returns how many bytes that were. */
  async function readAll(image: Uint8Array): Promise<number> {
    const disc = new MemoryDisc(image);
    let bytes = 0;
    for (const format of ["udf", "rock-ridge", "joliet", "iso9660"] as const) {
      try {
        const volume = await openVolume(disc, { blocks: disc.blocks, format });
        for await (const { entry, problem } of walk(volume, { path: [], entry: volume.root })) {
          if (problem || entry.kind !== "file") continue;
          try {
            for await (const chunk of readContent(disc, entry)) bytes += chunk.length;
          } catch (error) {
            if (!(error instanceof UsbDvdError)) throw error;
          }
        }
      } catch (error) {
        if (!(error instanceof UsbDvdError)) throw error;
      }
    }
    return bytes;
  }

  it(`never makes it read for ever, or fail in a way that is not told, seed ${fuzzSeed}`, async () => {
    // What tells of files is among the first blocks; the rest of the discs are holes.
    const used = originals.map((image) => {
      const places: number[] = [];
      for (let at = 0; at < image.length; at++) if (image[at] !== 0) places.push(at);
      return places;
    });
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(7), fc.nat(255)), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(originals.length - 1), damage, async (which, changes) => {
        const image = Buffer.from(originals[which]!);
        const places = used[which]!;
        for (const [index, nearby, value] of changes) {
          const at = places[index % places.length]! + nearby;
          if (at < image.length) image[at] = value;
        }
        // No more than each tree's files, and each of these no more than the disc.
        expect(await readAll(image)).toBeLessThan(4 * 20 * image.length);
      }),
      { numRuns: Math.max(100, fuzzCases / 10), seed: fuzzSeed },
    );
  });
});
