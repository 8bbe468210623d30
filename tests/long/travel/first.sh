#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # numbers, all of them
# First process of a guest that travels: has files and a disk whose hashes must stay, writes memory all the time, and
# says in rounds that all is as it was, with its clock.
[ $$ = 1 ] || { echo "${0##*/}: the first process of a guest; not to be run here" >&2; exit 2; }
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mount -t tmpfs tmpfs /tmp
while read -r m; do $b insmod "/modules/$m.ko"; done </modules/list
say() { echo "guest-a: $*"; }
up() { $b cut -d' ' -f1 /proc/uptime | $b tr -d .; }
vcpus=$($b nproc)
for c in $($b seq $vcpus); do $b dd if=/dev/urandom of=/tmp/file$c bs=1M count=24 2>/dev/null; done
sums() { for c in $($b seq $vcpus); do $b md5sum /tmp/file$c & done | $b sort; wait; $b dd if=/dev/vda bs=64k iflag=direct 2>/dev/null | $b md5sum; }
first=$(sums) last=$(up)
echo
say "begins on $vcpus vCPUs"
round=0
while :; do
	[ "$(sums)" = "$first" ] || say "wrong: the sums"
	$b dd if=/dev/urandom of=/tmp/moving bs=64k count=16 2>/dev/null
	moving=$($b md5sum </tmp/moving)
	now=$(up)
	[ $now -ge $last ] || say "wrong: the clock read $last, and then $now"
	$b usleep 100000
	then=$(up)
	[ $((then - now)) -ge 9 ] || say "wrong: a sleep of 10 ticks took $((then - now))"
	[ "$($b md5sum </tmp/moving)" = "$moving" ] || say "wrong: what was written last"
	[ "$($b nproc)" = $vcpus ] || say "wrong: the vCPUs"
	round=$((round + 1)) last=$then
	say "round $round at $then, stolen $($b awk '/^cpu / { print $9 }' /proc/stat), messages $($b awk '/MSI/ { for (i = 2; i <= 1 + n; i++) s += $i } NR == 1 { n = NF } END { print s + 0 }' /proc/interrupts)"
done
