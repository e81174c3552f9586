import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** Reads a disc and lists its files, through the whole driver, in a page. */
const page = `
  import { openWebUsb, OpticalDrive } from "usb-dvd";
  import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";
  import { namesOf } from "./examples/browser/page.js";

  const image = Uint8Array.from(atob(document.getElementById("image").textContent.trim()),
    (character) => character.charCodeAt(0));
  async function work() {
    const device = new VirtualUsbDevice(new VirtualDrive({ disc: discFromBytes(image) }));
    const drive = await OpticalDrive.open(await openWebUsb(device));
    const { blocks } = await drive.medium();
    const pieces = [];
    for await (const chunk of drive.read({ lba: 0, blocks })) pieces.push(chunk);
    await drive.close();
    const hash = await crypto.subtle.digest("SHA-256", await new Blob(pieces).arrayBuffer());
    const sha256 = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
    return { blocks, sha256: sha256.join(""), names: await namesOf(new Blob([image])) };
  }
  work().then((result) => JSON.stringify(result), String)
    .then((text) => { document.getElementById("result").textContent = text; });
`;

it("Chromium reads a disc in a virtual drive", { timeout: 120_000 }, async () => {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: root },
    bundle: true,
    platform: "browser",
    alias: {
      "usb-dvd/virtual": join(root, "src/virtual/index.ts"),
      "usb-dvd": join(root, "src/browser.ts"),
    },
    format: "iife",
    write: false,
  });
  const image = await readFile(join(root, "examples/sample.iso"), "base64");
  const folder = await mkdtemp(join(tmpdir(), "usb-dvd-chromium-"));
  try {
    const path = join(folder, "page.html");
    const script = outputFiles[0]!.text.replaceAll("</script", "<\\/script");
    await writeFile(
      path,
      `<!doctype html><meta charset="utf-8"><script type="text/plain" id="image">${image}</script>` +
        `<p id="result"></p><script>${script}</script>`,
    );
    const options = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${folder}/data`,
    ];
    const args = [...options, "--virtual-time-budget=60000", "--dump-dom", `file://${path}`];
    const { stdout } = await run("chromium", args, { maxBuffer: 2 ** 26 });
    const result = /<p id="result">(.*?)<\/p>/s.exec(stdout)?.[1] ?? "";
    expect(JSON.parse(result)).toEqual({
      blocks: 491,
      sha256: "c8ba5122baaeee21721b1ca698851d06f1c73da3f55277a2ca3598571a4f579e",
      names: expect.arrayContaining(["/docs/numbered lines.txt"]) as string[],
    });
  } finally {
    await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
  }
});
