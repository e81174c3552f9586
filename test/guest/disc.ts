import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** An image, as the host made it. */
export interface DiscImage {
  /** Its name in the discs' folder. */
  readonly file: string;
  /** How many blocks of 2048 bytes it has. */
  readonly blocks: number;
  /**
   * How many of them, from the first, hold the real content. All behind them is zeros, but for the
   * last block of a DVD, which begins with its own address, most significant byte first.
   */
  readonly contentBlocks: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly contentSha256: string;
}

/** A CD, a single-layer and a dual-layer DVD as to their size, with the same content. */
export type DiscName = "cd" | "dvd" | "dualLayerDvd";
export type Discs = Readonly<Record<DiscName, DiscImage>>;

const blockBytes = 2048;
// QEMU's drive takes everything above the 80 minutes of a CD for a DVD. Sparse files cost no space.
const dvdBlocks = 361_000;
const dualLayerDvdBlocks = 4_150_000;

/** Makes the discs in `folder`, with a `discs.json` that describes them. */
export function makeDiscs(folder: string): Discs {
  const tree = join(folder, "tree");
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, "README.TXT"), "A disc to test with.\n");
  writeFileSync(join(tree, "PAYLOAD.BIN"), payload(4 * 2 ** 20));
  const cd = join(folder, "cd.iso");
  const options = ["-quiet", "-udf", "-J", "-R", "-V", "USB_DVD_TEST", "-o", cd, tree];
  execFileSync("genisoimage", options, { stdio: ["ignore", "inherit", "inherit"] });

  const content = readFileSync(cd);
  const contentBlocks = content.length / blockBytes;
  const contentSha256 = createHash("sha256").update(content).digest("hex");
  const described = (file: string, blocks: number): DiscImage => ({
    file,
    blocks,
    contentBlocks,
    contentSha256,
  });
  const enlarged = (file: string, blocks: number): DiscImage => {
    copyFileSync(cd, join(folder, file));
    truncateSync(join(folder, file), blocks * blockBytes);
    const descriptor = openSync(join(folder, file), "r+");
    const address = Buffer.alloc(4);
    address.writeUInt32BE(blocks - 1);
    writeSync(descriptor, address, 0, 4, (blocks - 1) * blockBytes);
    closeSync(descriptor);
    return described(file, blocks);
  };
  const discs = {
    cd: described("cd.iso", contentBlocks),
    dvd: enlarged("dvd.iso", dvdBlocks),
    dualLayerDvd: enlarged("dual-layer-dvd.iso", dualLayerDvdBlocks),
  };
  writeFileSync(join(folder, "discs.json"), JSON.stringify(discs, undefined, 2));
  return discs;
}

/** Bytes that are the same in every run, and in no two blocks: a counter, hashed. */
function payload(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset < length; offset += 32) {
    createHash("sha256").update(`block piece ${offset}`).digest().copy(bytes, offset);
  }
  return bytes;
}
