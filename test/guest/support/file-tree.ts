import { createHash } from "node:crypto";
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
    for i in $(seq 150); do echo $i > many/a-rather-long-name-for-file-number-$i.txt; done
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
  const list = `cd "$1" && find . -mindepth 1 \\( -type d -printf 'd 0 - %P\\n' -o -type l -printf 'l 0 - %P -> %l\\n' \\)`;
  const files = `cd "$1" && find . -type f -printf '%s\\0%P\\0' | xargs -0 -n2 sh -c 'printf "f %s %s %s\\n" "$0" "$(md5sum < "$1" | cut -c1-32)" "$1"'`;
  const text = (await output(list, folder)) + (await output(files, folder));
  return text.trim().split("\n").sort();
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
