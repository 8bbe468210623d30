#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# First process of libvirt's guest: says that it is up, counts on, and obeys its power button.
[ $$ = 1 ] || { echo "${0##*/}: the first process of a guest; not to be run here" >&2; exit 2; }
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
while read -r m; do $b insmod "/modules/$m.ko"; done </modules/list
$b insmod /modules/evdev.ko
$b insmod /modules/gpio_keys.ko
$b mkdir -p /etc/acpi/PWRF /tmp
printf '#!/bin/sh\necho guest: power button >/dev/console\n%s poweroff -f\n' $b >/etc/acpi/PWRF/00000080
$b chmod 755 /etc/acpi/PWRF/00000080
until [ -e /dev/input/event0 ]; do $b usleep 100000; done # the button's
$b acpid -d >/dev/null 2>&1 &
echo
echo "guest: up on $($b nproc) vCPUs, disk $($b dd if=/dev/vda bs=64k 2>/dev/null | $b md5sum | $b cut -c 1-8)"
n=0
while :; do
	n=$((n + 1))
	echo "guest: count $n"
	$b usleep 300000
done
