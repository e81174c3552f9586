import { describe, expect, it } from "vitest";

import { findEntry, walk, type Volume } from "../../src/volume/index.js";
import { memoryVolume, type Node } from "./memory-volume.js";

async function paths(volume: Volume): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, problem } of walk(volume, { path: [], entry: volume.root })) {
    found.push(`/${path.join("/")}${problem ? ` ${problem.message.replace(/\..*/s, "")}` : ""}`);
  }
  return found;
}

describe("walk", () => {
  it("names directories before what is in them", async () => {
    const volume = memoryVolume([
      { name: "b", inside: [{ name: "c", text: "1" }] },
      { name: "a", text: "2" },
    ]);
    expect(await paths(volume)).toEqual(["/", "/b", "/b/c", "/a"]);
  });

  it("tells of a directory that is in itself, and goes on behind it", async () => {
    const loop: Node = { name: "loop", inside: () => [loop, { name: "good", text: "1" }] };
    expect(await paths(memoryVolume([loop, { name: "last" }]))).toEqual([
      "/",
      "/loop",
      "/loop/loop",
      "/loop/loop The directory /loop/loop is in two places at once",
      "/loop/good",
      "/last",
    ]);
  });

  it("ends in a tree that goes on for ever", async () => {
    const deeper = (): readonly Node[] => [{ name: "d", inside: deeper }];
    const found = await paths(memoryVolume(deeper()));
    expect(found.length).toBeLessThan(200);
    expect(found.at(-1)).toMatch(/is more than 128 deep$/);
  });
});

describe("findEntry", () => {
  const volume = memoryVolume([
    { name: "Docs", inside: [{ name: "Read me.txt", text: "1" }, { name: "READ ME.TXT" }] },
  ]);

  it.each([
    ["", ""],
    ["/", ""],
    ["/Docs/", "Docs"],
    ["./Docs//Read me.txt", "Docs/Read me.txt"],
    ["docs/READ ME.TXT", "Docs/READ ME.TXT"],
    ["docs/read ME.txt", "Docs/Read me.txt"],
  ])("finds %j", async (path, found) => {
    expect((await findEntry(volume, path)).path.join("/")).toBe(found);
  });

  it.each([
    ["nothing", "NO_SUCH_ENTRY"],
    ["Docs/../Docs", "NO_SUCH_ENTRY"],
    ["Docs/Read me.txt/x", "NOT_A_DIRECTORY"],
  ])("refuses %j", async (path, code) => {
    await expect(findEntry(volume, path)).rejects.toMatchObject({ code });
  });
});
