#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# A VM made, run and destroyed hundreds of times leaves the kernel's memory where it was.
test_storm() {
	# The host's huge pages come and go 2 MiB at a time: not while memory is measured, here and below.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	$T/storm 200 >/dev/null # lets caches of the kernel fill first
	$T/storm $(many 400 1000)
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

# The module loads and unloads again and again, with a VM in between every tenth time, and kernel memory is back after it.
test_module_load_unload() {
	cycle() {
		rmmod tabula || fail "rmmod in round $1"
		tabula_loaded && fail "the module is still there in round $1"
		[ ! -e /dev/kvm ] || fail "/dev/kvm is still there in round $1"
		insmod /lab/tabula.ko || fail "insmod in round $1"
		[ $(($1 % 10)) != 0 ] || $T/hold sys </dev/null >/dev/null || fail "no VM in round $1"
	}
	rounds=$(many 40 100)
	for i in $(seq 1 20); do cycle $i; done
	before=$($T/storm use)
	for i in $(seq 21 $rounds); do cycle $i; done
	after=$($T/storm use)
	echo "# $((rounds - 20)) loads: kernel memory and small objects: $before KiB before, $after KiB after"
	# The kernel itself takes some 250 KiB, and 200 in small objects, however often. 10 KiB that stay at each of a hundred loads, or 4 in
	# small objects, show; of a few loads 40 and 20 do, and the module itself, which is some 400.
	[ $((${after% *} - ${before% *})) -lt 768 ] || fail "kernel memory grew: $before to $after"
	[ $((${after#* } - ${before#* })) -lt $(many 400 256) ] || fail "small objects grew: $before to $after"
}
