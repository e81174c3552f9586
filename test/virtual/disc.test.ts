import { describe, expect, it } from "vitest";
import {
  blankDisc,
  discFromBlob,
  discFromBytes,
  generatedDisc,
  type DiscOptions,
} from "../../src/virtual/disc.js";
import { DiscError } from "../../src/virtual/errors.js";

const nothingRead = () => new Uint8Array(0);

describe("a disc", () => {
  it("is a DVD-ROM of one layer by default, and a CD-ROM when asked", () => {
    const image = new Uint8Array(4096);
    expect(discFromBytes(image)).toMatchObject({ media: "dvd-rom", blocks: 2, layers: 1 });
    expect(discFromBytes(image, { media: "cd-rom" }).media).toBe("cd-rom");
  });

  it("hands out the image's own bytes, block by block", () => {
    const image = Uint8Array.from({ length: 3 * 2048 }, (_, index) => index >> 11);
    const blocks = discFromBytes(image).read(1, 2) as Uint8Array;
    expect([blocks.length, blocks[0], blocks[4095]]).toEqual([4096, 1, 2]);
    expect(blocks.buffer).toBe(image.buffer);
  });

  it("reads a blob piece by piece", async () => {
    const disc = discFromBlob(new Blob([new Uint8Array(2048), new Uint8Array(2048).fill(7)]));
    expect(disc.blocks).toBe(2);
    expect(await disc.read(1, 1)).toEqual(new Uint8Array(2048).fill(7));
  });

  it.each([
    [2_298_496, { layers: 1 }],
    [2_298_497, { layers: 2, layerBreak: 1_149_248 - 1 + 16 }],
    [4_173_824, { layers: 2, layerBreak: 2_086_911 }],
  ])("of %i blocks has its layers by size", (blocks, expected) => {
    const disc = generatedDisc(blocks, nothingRead);
    expect({
      layers: disc.layers,
      ...(disc.layerBreak !== undefined && { layerBreak: disc.layerBreak }),
    }).toEqual(expected);
  });

  it("takes a layer break of its own, with layer 0 the longer one", () => {
    expect(generatedDisc(100, nothingRead, { layerBreak: 63 })).toMatchObject({ layers: 2 });
    expect(() => generatedDisc(100, nothingRead, { layerBreak: 30 })).toThrow(DiscError);
    expect(() => generatedDisc(100, nothingRead, { layerBreak: 99 })).toThrow(DiscError);
  });

  it("knows its volume by its protection", () => {
    const volume = (protection: "none" | "css" | "cppm") =>
      generatedDisc(1, nothingRead, { copyright: { protection, regionMask: 0 } }).volume;
    expect([volume("none"), volume("css"), volume("cppm")]).toEqual(["data", "video", "audio"]);
  });

  it.each([
    ["empty", () => discFromBytes(new Uint8Array(0))],
    ["not-whole-blocks", () => discFromBytes(new Uint8Array(2049))],
    ["empty", () => generatedDisc(0.5, nothingRead)],
    ["too-large", () => generatedDisc(4_596_993, nothingRead)],
    ["too-large", () => generatedDisc(449_851, nothingRead, { media: "cd-rom" })],
    ["bad-option", () => generatedDisc(1, nothingRead, { burstCuttingArea: new Uint8Array(11) })],
    ["bad-option", () => generatedDisc(1, nothingRead, { manufacturer: new Uint8Array(2049) })],
  ])("that cannot be is refused: %s", (code, make) => {
    expect(make).toThrow(expect.objectContaining({ name: "DiscError", code }));
  });

  describe("with keys", () => {
    const css = { protection: "css", regionMask: 0x00 } as const;
    const title = (firstLba: number, lastLba: number, bytes = 5) => ({
      firstLba,
      lastLba,
      key: new Uint8Array(bytes).fill(1),
    });
    const make = (options: DiscOptions) => generatedDisc(10, nothingRead, options);

    it("keeps them as they were given", () => {
      const keys = { titleKeys: [title(5, 9), title(0, 4)], discKey: new Uint8Array(2048) };
      expect(make({ copyright: css, ...keys })).toMatchObject(keys);
    });

    it.each<[string, DiscOptions]>([
      ["titles of an unprotected disc", { titleKeys: [title(0, 1)] }],
      ["the disc key of an unprotected disc", { discKey: new Uint8Array(2048) }],
      ["a disc key of 2047 bytes", { copyright: css, discKey: new Uint8Array(2047) }],
      ["a title key of 4 bytes", { copyright: css, titleKeys: [title(0, 1, 4)] }],
      ["a title behind the end", { copyright: css, titleKeys: [title(5, 10)] }],
      ["a title before the beginning", { copyright: css, titleKeys: [title(-1, 1)] }],
      ["a title that ends before it begins", { copyright: css, titleKeys: [title(5, 4)] }],
      ["a title of half a block", { copyright: css, titleKeys: [title(0, 1.5)] }],
      ["titles that overlap", { copyright: css, titleKeys: [title(4, 9), title(0, 4)] }],
    ])("refuses %s", (_, options) => {
      expect(() => make(options)).toThrow(
        expect.objectContaining({ name: "DiscError", code: "bad-option" }),
      );
    });
  });

  it("may be blank, with room but no blocks", () => {
    expect(blankDisc()).toMatchObject({ media: "dvd-r", blocks: 0, capacity: 2_298_496 });
    expect(blankDisc("dvd+r")).toMatchObject({ media: "dvd+r", capacity: 2_295_104 });
  });
});
