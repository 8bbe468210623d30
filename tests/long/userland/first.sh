#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# First process of the guest with Debian's userland: its disk and its network, and then its work.
[ $$ = 1 ] || { echo "${0##*/}: the first process of a guest; not to be run here" >&2; exit 2; }
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
while read -r m; do $b insmod "/modules/$m.ko"; done </modules/list
for m in failover net_failover virtio_net; do [ ! -e /modules/$m.ko ] || $b insmod /modules/$m.ko; done
$b mount -t ext4 /dev/vda /mnt && $b mount -t proc proc /mnt/proc && $b mount --bind /dev /mnt/dev
echo
echo "guest: up on $($b nproc) vCPUs"
$b ip link set lo up
$b ip link set eth0 up
$b ip addr add 10.0.2.15/24 dev eth0
$b wget -q -O /mnt/tmp/src.tar.gz http://10.0.2.2:8080/src.tar.gz && echo "guest: fetched $($b md5sum </mnt/tmp/src.tar.gz)"
$b cp /work.sh /mnt/tmp/
$b chroot /mnt /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C bash /tmp/work.sh || echo "guest: failed"
$b umount /mnt/proc /mnt/dev
$b umount /mnt && echo "guest: its disk is unmounted"
$b poweroff -f
