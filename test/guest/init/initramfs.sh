#!/bin/busybox sh
# The guest's first process: makes the host's files its own root, writable on top, and goes there.
busybox=/bin/busybox
fail() { echo "guest: cannot mount $1" > /dev/ttyS1; $busybox poweroff -f; }

$busybox mount -t devtmpfs devtmpfs /dev
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
while read -r module; do $busybox insmod "/modules/$module"; done < /modules/order

options=trans=virtio,version=9p2000.L,msize=524288
$busybox mount -t 9p -o ro,cache=loose,$options host /host || fail "the host's files"
$busybox mount -t tmpfs tmpfs /overlay
$busybox mkdir /overlay/upper /overlay/work
$busybox mount -t overlay -o lowerdir=/host,upperdir=/overlay/upper,workdir=/overlay/work overlay /root ||
  fail "the overlay"
for name in dev proc sys; do $busybox mount --move /$name /root/$name; done
$busybox mount -t tmpfs tmpfs /root/run
$busybox mkdir -p /root/share
$busybox mount -t 9p -o rw,cache=none,$options share /root/share || fail "the share"
exec $busybox chroot /root /bin/sh /share/userland.sh
