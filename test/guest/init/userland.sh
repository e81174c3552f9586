#!/bin/sh
# On the host's files: starts what the tests rely on, runs the job, powers off. The lines that start
# with "guest:" are read by machine.ts.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb NO_COLOR=1 LC_ALL=C.UTF-8
exec < /dev/null > /dev/ttyS1 2>&1
stty -opost < /dev/ttyS1
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ip link set lo up

# The kernel's drivers come first, so that every test has to take the drive from them.
modprobe usb-storage delay_use=0
modprobe dummy_hcd is_super_speed=1
modprobe --all sr_mod sg xhci_pci libcomposite usb_f_mass_storage virtio_console
mount -t configfs configfs /sys/kernel/config
mkdir -p /run/udev
/lib/systemd/systemd-udevd --daemon 2> /dev/null
udevadm trigger --action=add --subsystem-match=usb --subsystem-match=virtio-ports
udevadm settle --timeout=20

echo "guest: up"
# Through a pipe, so that programs do not take the serial line for somebody's terminal.
{
  sh /share/job.sh 2>&1
  echo "guest: exit $?"
} | cat
sync
/bin/busybox poweroff -f
