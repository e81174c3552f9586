#!/usr/bin/env bash
# build.sh OUTPUT: builds a User Mode Linux kernel from Debian's source, with a USB host, the kernel's
# own CD-ROM gadget, USB/IP over a network that can be slowed down, and all that reads drives built in.
# Takes about five minutes, once.
set -euo pipefail

missing=
output=$(realpath -m "$1")
source=/usr/src/linux-source-6.1.tar.xz
for package in linux-source-6.1 build-essential flex bison bc xz-utils iproute2; do
  dpkg-query -W -f '${db:Status-Status}' $package 2> /dev/null | grep -qx installed || missing+=" $package"
done
if [ -n "$missing" ]; then
  echo "The kernel cannot be built yet: apt-get install --no-install-recommends$missing" >&2
  exit 3
fi

work=$(dirname "$output")/build
rm -rf "$work"
mkdir -p "$work/objects"
cd "$work"
tar xf $source --strip-components=1 --one-top-level=source
# Debian's tick of 10 ms would be all that is measured.
sed -i '/^config HZ$/,/default/s/default 100/default 1000/' source/arch/um/Kconfig
grep -A3 '^config HZ$' source/arch/um/Kconfig | grep -q 'default 1000'

enabled=(
  # a 64-bit kernel that runs ordinary programs
  64BIT EXPERT CC_OPTIMIZE_FOR_PERFORMANCE PRINTK BUG KALLSYMS COREDUMP ELF_CORE
  BINFMT_ELF BINFMT_SCRIPT FUTEX EPOLL EVENTFD SIGNALFD TIMERFD AIO SHMEM ADVISE_SYSCALLS
  MEMBARRIER POSIX_TIMERS MULTIUSER SYSVIPC POSIX_MQUEUE INOTIFY_USER FILE_LOCKING FHANDLE
  HIGH_RES_TIMERS NO_HZ_IDLE TTY UNIX98_PTYS SSL NULL_CHAN STDERR_CONSOLE HW_RANDOM UML_RANDOM
  # the host's files, and memory for others
  HOSTFS PROC_FS PROC_SYSCTL SYSFS TMPFS TMPFS_XATTR DEVTMPFS DEVTMPFS_MOUNT CONFIGFS_FS
  NET UNIX INET
  # a slow network
  NET_SCHED NET_SCH_NETEM
  # discs
  BLOCK BLK_DEV SCSI SCSI_PROC_FS BLK_DEV_SR CHR_DEV_SG
  # only to have HAS_IOMEM, without which there is no USB
  VIRTIO_MENU VIRTIO_UML UML_PCI_OVER_VIRTIO
  # both ends of a USB cable
  USB_SUPPORT USB USB_STORAGE
  USB_GADGET USB_DUMMY_HCD USB_CONFIGFS USB_CONFIGFS_MASS_STORAGE
  # a USB cable over the network
  USBIP_CORE USBIP_VHCI_HCD
)
{
  printf 'CONFIG_%s=y\n' "${enabled[@]}"
  # With its two buffers of 16 KiB the gadget would be what is measured.
  echo 'CONFIG_USB_GADGET_STORAGE_NUM_BUFFERS=32'
  echo 'CONFIG_CON_ZERO_CHAN="fd:0,fd:1"'
  echo 'CONFIG_CON_CHAN="null"'
  echo 'CONFIG_SSL_CHAN="null"'
} > fragment

make=(make -C source ARCH=um O="$work/objects")
KCONFIG_ALLCONFIG=$work/fragment "${make[@]}" allnoconfig > build.log
for option in "${enabled[@]}"; do
  grep -qx "CONFIG_$option=y" objects/.config || {
    echo "The kernel's configuration does not take CONFIG_$option." >&2
    exit 1
  }
done
"${make[@]}" -j"$(nproc)" linux >> build.log 2>&1 || {
  tail -20 build.log >&2
  exit 1
}
strip -o "$output.$$" objects/linux
mv "$output.$$" "$output"
rm -rf "$work"
