#!/bin/sh
# The first process of the User Mode Linux guest, on the host's files, which it cannot write to. The
# lines that start with "guest:" are read by machine.ts. The job lies beside this file.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb NO_COLOR=1 LC_ALL=C.UTF-8
exec < /dev/null > /dev/console 2>&1
stty -opost < /dev/console
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t configfs configfs /sys/kernel/config
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt

echo "guest: up"
{
  sh "$(dirname "$0")/job.sh" 2>&1
  echo "guest: exit $?"
} | cat
/bin/busybox poweroff -f
