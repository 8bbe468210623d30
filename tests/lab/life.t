#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# A VM made, run and destroyed 1000 times leaves the kernel's memory where it was.
test_storm() {
	thp=/sys/kernel/mm/transparent_hugepage/enabled
	was=$(sed 's/.*\[\(.*\)\].*/\1/' $thp)
	echo never >$thp # the host's huge pages come and go 2 MiB at a time
	$T/storm 200 >/dev/null # lets caches of the kernel fill first
	$T/storm 1000
	status=$?
	echo "$was" >$thp
	return $status
}

# A VM's descriptors refuse every ioctl from another process with EIO, and closing them there ends the VM cleanly.
test_fd_in_another_process() { $T/fdpass; }

# While any one descriptor of a VM is open the module does not unload; when it is closed it does.
test_module_held_by_descriptor() {
	for what in vm vcpu gic; do
		rm -f /tmp/in /tmp/held
		mkfifo /tmp/in
		$T/hold $what </tmp/in >/tmp/held &
		exec 5>/tmp/in
		wait_for 10 grep -q held /tmp/held || fail "hold $what did not start"
		rmmod tabula 2>/dev/null && fail "the module unloads while a $what descriptor is open"
		tabula_loaded || fail "the module is gone while a $what descriptor is open"
		exec 5>&-
		wait $! || fail "hold $what failed"
		wait_for 5 rmmod tabula 2>/dev/null || fail "the module does not unload after the $what descriptor is closed"
		insmod /lab/tabula.ko || fail "the module does not load again"
	done
}

# The module loads and unloads 100 times, with a VM in between every tenth time, and kernel memory is back after it.
test_module_load_unload() {
	cycle() {
		rmmod tabula || fail "rmmod in round $i"
		tabula_loaded && fail "the module is still there in round $i"
		[ ! -e /dev/kvm ] || fail "/dev/kvm is still there in round $i"
		insmod /lab/tabula.ko || fail "insmod in round $i"
		[ $((i % 10)) != 0 ] || $T/storm 4 >/dev/null || fail "no VM in round $i"
	}
	used() { sync; echo 3 >/proc/sys/vm/drop_caches; echo 1 >/proc/sys/vm/compact_memory; sleep 1; awk '/^(MemFree|Cached|Buffers|AnonPages|SReclaimable):/ { f += $2 } /^MemTotal:/ { t = $2 } END { print t - f }' /proc/meminfo; }
	for i in 1 2 3 4 5 6 7 8 9 10; do cycle; done
	before=$(used)
	for i in $(seq 11 100); do cycle; done
	after=$(used)
	echo "# 90 loads: kernel memory $before KiB before, $after KiB after"
	# the module alone is some 400 KiB: one that stays at each load would be 36 MiB
	[ $((after - before)) -lt 2048 ] || fail "kernel memory grew from $before to $after KiB"
}

