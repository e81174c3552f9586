import { createHash } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

import { output } from "./shell.js";
import { openVolume, readContent, walk, type VolumeFormat } from "../../../src/volume/index.js";
import type { OpticalDrive } from "../../../src/drive/optical-drive.js";

/** Makes a tree of files that a file system may stumble over. */
export async function makeTree(folder: string): Promise<void> {
  await output(
    `
    rm -rf "$1" && mkdir -p "$1" && cd "$1"
    mkdir -p VIDEO_TS "Ein Verzeichnis/ünïcode/日本語" a/b/c/d/e/f/g/h/i/j many "empty dir"
    head -c 5000 /dev/urandom > VIDEO_TS/VIDEO_TS.IFO
    head -c 700001 /dev/urandom > VIDEO_TS/VTS_01_1.VOB
    : > empty
    echo deep > a/b/c/d/e/f/g/h/i/j/deep.txt
    echo hi > "Ein Verzeichnis/ünïcode/日本語/ファイル.txt"
    for i in $(seq 40); do echo $i > many/a-rather-long-name-for-file-number-$i.txt; done
    long=$(printf '%080d' 0)
    echo long > "$long$long.txt"
    echo hidden > .hidden
    ln -s ../VIDEO_TS/VIDEO_TS.IFO many/link
    ln -s /absolute/path absolute
    ln -s "$long$long/$long$long/../z" longlink
    `,
    folder,
  );
}

/** What there is in a folder of the kernel's: kind, size, hash, path, and where links lead. */
export async function kernelTree(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (entry.isDirectory()) lines.push(`d 0 - ${name}`);
    else if (entry.isSymbolicLink()) lines.push(`l 0 - ${name} -> ${await readlink(path)}`);
    else {
      const content = await readFile(path);
      const hash = createHash("md5").update(content).digest("hex");
      lines.push(`f ${content.length} ${hash} ${name}`);
    }
  }
  return lines.sort();
}

/** The same, read by us from a disc in a drive. */
export async function ourTree(
  drive: OpticalDrive,
  blocks: number,
  format: VolumeFormat,
): Promise<string[]> {
  const volume = await openVolume(drive, { blocks, format });
  const lines: string[] = [];
  for await (const { path, entry, problem } of walk(volume, { path: [], entry: volume.root })) {
    if (problem) throw problem;
    const name = path.join("/");
    if (name === "") continue;
    if (entry.kind === "directory") lines.push(`d 0 - ${name}`);
    else if (entry.kind === "link") lines.push(`l 0 - ${name} -> ${entry.target ?? ""}`);
    else {
      const hash = createHash("md5");
      let bytes = 0;
      for await (const chunk of readContent(drive, entry)) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      if (bytes !== entry.bytes) throw new Error(`${name} has ${bytes} bytes, not ${entry.bytes}`);
      lines.push(`f ${entry.bytes} ${hash.digest("hex")} ${name}`);
    }
  }
  return lines.sort();
}
