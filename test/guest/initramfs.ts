import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What it takes to reach the host's files: 9p over virtio, and an overlay to make them writable. */
const neededModules = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];

/** Builds an initramfs of busybox and a handful of modules in `folder`, and returns its path. */
export function buildInitramfs(release: string, folder: string): string {
  const tree = join(folder, "initramfs");
  for (const name of ["bin", "modules", "dev", "proc", "sys", "host", "overlay", "root"]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(tree, "bin/busybox"));
  copyFileSync(join(import.meta.dirname, "init/initramfs.sh"), join(tree, "init"));
  const modules = modulesInLoadingOrder(release);
  for (const path of modules) copyFileSync(path, join(tree, "modules", basename(path)));
  const order = modules.map((path) => `${basename(path)}\n`).join("");
  writeFileSync(join(tree, "modules/order"), order);

  const archive = join(folder, "initramfs.cpio");
  const pack = 'chmod +x init && find . | cpio --create --format=newc --quiet > "$1"';
  execFileSync("sh", ["-c", pack, "sh", archive], { cwd: tree });
  return archive;
}

function modulesInLoadingOrder(release: string): string[] {
  const paths = neededModules.flatMap((name) => {
    const options = ["--set-version", release, "--show-depends", name];
    const shown = execFileSync("/sbin/modprobe", options, { encoding: "utf8" });
    return [...shown.matchAll(/^insmod (\S+)/gm)].map((match) => match[1]!);
  });
  return [...new Set(paths)];
}
