import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that looks like `/` with the given files, and is gone after the test. */
export async function fakeRoot(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "sysfs-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await addFiles(root, files);
  return root;
}

/** Adds files; a text that begins with `->` makes a symbolic link. */
export async function addFiles(
  root: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    if (text.startsWith("->")) await symlink(text.slice(2), file);
    else await writeFile(file, text);
  }
}

/** Sysfs as Linux 6.1 has it for a drive at 2-1.4, and `extra` files of its interface. */
export function driveFiles(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const device = "sys/bus/usb/devices/2-1.4";
  const files: Record<string, string> = {
    [`${device}/devnum`]: "7\n",
    [`${device}/speed`]: "480\n",
    [`${device}/manufacturer`]: "ACME\n",
    [`${device}/product`]: "Portable DVD\n",
    [`${device}/serial`]: "KZ8E12\n",
  };
  for (const [path, text] of Object.entries(extra)) {
    files[`sys/bus/usb/devices/2-1.4:1.0/${path}`] = text;
  }
  return files;
}

/** A logical unit's files, as the kernel's SCSI layer writes them. */
export function unitFiles(
  lun: number,
  type: number,
  block?: { readonly name: string; readonly number: string },
): Record<string, string> {
  const unit = `host6/target6:0:0/6:0:0:${lun}`;
  return {
    [`${unit}/type`]: `${type}\n`,
    [`${unit}/vendor`]: "ACME    \n",
    [`${unit}/model`]: "DVD-RAM GP08    \n",
    [`${unit}/rev`]: "1.02\n",
    ...(block && { [`${unit}/block/${block.name}/dev`]: `${block.number}\n` }),
  };
}
