import { join } from "node:path";

import type { GuestKernel } from "./kernel.js";
import type { Machine } from "./machine.js";

export interface QemuOptions {
  readonly kernel: GuestKernel;
  readonly initramfs: string;
  /** The host's folder that the guest sees as `/share` and may write to. */
  readonly share: string;
  /** The images that the drive can be given, by the names that the monitor knows them by. */
  readonly images: Readonly<Record<string, string>>;
  /** The image that is in the drive at the start. */
  readonly loaded: string;
  /** Seconds until the whole run must be over. */
  readonly totalSeconds: number;
}

/**
 * An emulated PC with a USB DVD drive of QEMU's own. It runs without KVM, since test machines seldom
 * have it. The guest reaches QEMU's monitor through a virtio port, to change discs and pull plugs.
 */
export function qemuMachine(options: QemuOptions): Machine {
  const { kernel, initramfs, share, images, loaded, totalSeconds } = options;
  const monitor = `socket,path=${commas(join(share, "monitor"))}`;
  return {
    command: "qemu-system-x86_64",
    args: [
      ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
      // Node's copies run faster emulated without the "enhanced rep movsb" of newer processors.
      ...["-M", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "3072"],
      ...["-cpu", "max,-erms,-fsrm"],
      ...["-kernel", kernel.vmlinux, "-initrd", initramfs],
      ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable"],
      ...["-serial", `file:${commas(join(share, "console.log"))}`, "-serial", "stdio"],
      ...["-device", "virtio-rng-pci"],
      ...sharedFolder("host", "/", ",readonly=on"),
      ...sharedFolder("share", share),
      ...["-chardev", `${monitor},id=monitor,server=on,wait=off`, "-mon", "monitor,mode=control"],
      ...["-device", "virtio-serial-pci", "-chardev", `${monitor},id=port`],
      ...["-device", "virtserialport,chardev=port,name=monitor"],
      ...Object.entries(images).flatMap(([name, path]) => [
        "-blockdev",
        `driver=raw,node-name=${name},read-only=on,file.driver=file,file.filename=${commas(path)}`,
      ]),
      ...["-device", "qemu-xhci,id=usb", "-device", "usb-bot,id=bot,bus=usb.0"],
      ...["-device", `scsi-cd,id=drive,bus=bot.0,drive=${loaded}`],
    ],
    bootSeconds: 120,
    totalSeconds,
  };
}

function sharedFolder(tag: string, path: string, more = ""): string[] {
  const filesystem = `local,id=${tag},path=${commas(path)},security_model=none,multidevs=remap${more}`;
  return ["-fsdev", filesystem, "-device", `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`];
}

/** QEMU's options are separated by commas; those inside a path are doubled. */
function commas(path: string): string {
  return path.replaceAll(",", ",,");
}
