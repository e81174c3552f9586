import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const pages = ["README.md", "docs/guide.md"];
const folder = join(root, ".cache/documentation");

interface Block {
  readonly title: string;
  readonly file: string;
  readonly code: string;
}

/** The blocks of TypeScript on a page. */
async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""], index) => ({
    title: `${page}, block ${index + 1}`,
    file: join(folder, `${page.replace(/\W/g, "-")}-${index + 1}.ts`),
    code,
  }));
}

const blocks = (await Promise.all(pages.map(blocksOf))).flat();

describe("the code in README and guide", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    await copyFile(join(root, "examples/sample.iso"), join(folder, "disc.iso"));
    for (const { file, code } of blocks) await writeFile(file, `${code}\nexport {};\n`);
    const compilerOptions = { noUnusedLocals: false };
    const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is there", () => {
    expect(blocks.length).toBeGreaterThan(10);
  });

  it("compiles", async () => {
    const tsc = join(root, "node_modules/.bin/tsc");
    const checked = await run(tsc, ["-p", folder]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(checked.stdout).toBe("");
  });

  it.each(blocks)("runs: $title", async ({ file }) => {
    const tsx = join(root, "node_modules/.bin/tsx");
    const { stderr } = await run(tsx, ["--tsconfig", join(folder, "tsconfig.json"), file], {
      cwd: folder,
      timeout: 30_000,
    });
    expect(stderr).toBe("");
  });
});

it("the manual is that of the command", async () => {
  const { stdout } = await run(join(root, "node_modules/.bin/tsx"), [".config/man-page.ts"], {
    cwd: root,
    env: { ...process.env, USB_DVD_DRIVE: "", USB_DVD_QUIRKS: "" },
  });
  expect(stdout).toBe(await readFile(join(root, "docs/usb-dvd.1"), "utf8"));
});
