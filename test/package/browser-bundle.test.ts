import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** Reads a disc through the WebUSB adapter, with nothing but what the package offers to browsers. */
const page = `
  import { openWebUsb, OpticalDrive } from "usb-dvd";
  import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

  globalThis.result = (async () => {
    const image = Uint8Array.from({ length: 300 * 2048 }, (_, index) => index % 251);
    const device = new VirtualUsbDevice(new VirtualDrive({ disc: discFromBytes(image) }));
    const drive = await OpticalDrive.open(await openWebUsb(device));
    const { blocks } = await drive.medium();
    let sum = 0, bytes = 0;
    for await (const chunk of drive.read({ lba: 0, blocks })) {
      bytes += chunk.length;
      for (const byte of chunk) sum += byte;
    }
    await drive.close();
    return { product: drive.identity.product, blocks, bytes, sum };
  })();
`;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "browser",
    // By the package's exports, as a user's bundler goes, and not by our own paths to the sources.
    tsconfigRaw: {},
    format: "iife",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

/** What a window offers, and not one thing of Node's. */
function windowLike(): Record<string, unknown> {
  const names = [
    ...["AbortController", "AbortSignal", "Blob", "DOMException", "Event", "EventTarget"],
    ...["TextDecoder", "TextEncoder", "performance"],
    ...["clearTimeout", "queueMicrotask", "setTimeout"],
  ];
  const all = globalThis as unknown as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

/** The page of the examples, as a bundler makes it. */
async function bundleExample(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { namesOf } from "./page.js"; globalThis.namesOf = namesOf;`,
      resolveDir: join(import.meta.dirname, "../../examples/browser"),
    },
    bundle: true,
    platform: "browser",
    tsconfigRaw: {},
    format: "iife",
    write: false,
  });
  return outputFiles[0]!.text;
}

describe("the browser bundle", () => {
  it("lists the files of an image that is dropped on the example's page", async () => {
    const window = { ...windowLike(), addEventListener: () => undefined };
    runInNewContext(await bundleExample(), window);
    const { namesOf } = window as unknown as {
      readonly namesOf: (image: Blob) => Promise<string[]>;
    };
    const image = await readFile(join(import.meta.dirname, "../../examples/sample.iso"));
    expect(Array.from(await namesOf(new Blob([image]))).sort()).toEqual([
      "/",
      "/LICENSE.TXT",
      "/README.TXT",
      "/docs",
      "/docs/numbered lines.txt",
    ]);
  });

  it("needs nothing of Node and reads a disc", async () => {
    const window = windowLike();
    runInNewContext(await bundle(), window);
    const image = Array.from({ length: 300 * 2048 }, (_, index) => index % 251);
    expect(await window.result).toEqual({
      product: expect.stringMatching(/\S/) as string,
      blocks: 300,
      bytes: 300 * 2048,
      sum: image.reduce((sum, byte) => sum + byte, 0),
    });
  });
});
