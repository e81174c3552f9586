import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { guestCache } from "./paths.js";

export interface GuestKernel {
  /** The release, which names its modules' folder under `/lib/modules`. */
  readonly release: string;
  /** The uncompressed ELF image. */
  readonly vmlinux: string;
}

/**
 * Debian's newest kernel on this machine, unpacked once and kept: QEMU boots an ELF image directly
 * (PVH), which saves the emulated machine the seconds of unpacking it itself.
 */
export function guestKernel(): GuestKernel {
  const release = newestRelease();
  const vmlinux = join(guestCache, `vmlinux-${release}`);
  if (!existsSync(vmlinux)) {
    mkdirSync(guestCache, { recursive: true });
    const unfinished = `${vmlinux}.${process.pid}`;
    writeFileSync(unfinished, unpackKernel(readFileSync(`/boot/vmlinuz-${release}`)));
    renameSync(unfinished, vmlinux);
  }
  return { release, vmlinux };
}

function newestRelease(): string {
  const byVersion = new Intl.Collator("en", { numeric: true });
  const release = readdirSync("/lib/modules")
    .filter((name) => existsSync(`/boot/vmlinuz-${name}`))
    .sort(byVersion.compare)
    .at(-1);
  if (release === undefined) {
    throw new Error(
      "No /boot/vmlinuz-* has its modules under /lib/modules: install linux-image-amd64.",
    );
  }
  return release;
}

const decompressors = [
  { magic: "1f8b", command: "gzip", appendedSize: 0 },
  { magic: "fd377a58", command: "xz", appendedSize: 4 },
  { magic: "28b52ffd", command: "zstd", appendedSize: 4 },
  { magic: "02214c18", command: "lz4", appendedSize: 4 },
] as const;

/** The ELF image inside a bzImage (Linux, Documentation/x86/boot.rst: setup_sects, payload_offset). */
function unpackKernel(bzImage: Buffer): Buffer {
  const setupSectors = bzImage.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + bzImage.readUInt32LE(0x248);
  const payload = bzImage.subarray(start, start + bzImage.readUInt32LE(0x24c));
  const magic = payload.toString("hex", 0, 4);
  const format = decompressors.find((candidate) => magic.startsWith(candidate.magic));
  if (!format)
    throw new Error(`The kernel is packed in a way not known here (it starts ${magic}).`);
  // All but gzip are followed by the unpacked size, which the tools take for damage.
  const input = payload.subarray(0, payload.length - format.appendedSize);
  const { error, status, stdout } = spawnSync(format.command, ["-dc"], {
    input,
    maxBuffer: 2 ** 30,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (error || status !== 0) {
    throw new Error(`${format.command} could not unpack the kernel.`, { cause: error });
  }
  return stdout;
}
