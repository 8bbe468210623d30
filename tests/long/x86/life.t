#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2" LIMIT=1200
. "$(dirname "$0")/../../lib.sh"

# A VM made, run and destroyed 400 times leaves the kernel's memory where it was.
test_storm() {
	# The host's huge pages come and go 2 MiB at a time: not while memory is measured, here and below.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	$T/life storm 80 >/dev/null # lets caches of the kernel fill first
	$T/life storm 400
}

# While any one descriptor of a VM is open the module does not unload; when it is closed it does.
test_module_held_by_descriptor() {
	for what in vm vcpu stats sys; do
		rm -f /tmp/in /tmp/held
		mkfifo /tmp/in
		$T/life hold $what </tmp/in >/tmp/held &
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
		rmmod tabula || fail "rmmod in round $1"
		tabula_loaded && fail "the module is still there in round $1"
		[ ! -e /dev/kvm ] || fail "/dev/kvm is still there in round $1"
		insmod /lab/tabula.ko || fail "insmod in round $1"
		[ $(($1 % 10)) != 0 ] || $T/life hold sys </dev/null >/dev/null || fail "no VM in round $1"
	}
	for i in $(seq 1 20); do cycle $i; done
	before=$($T/life use)
	for i in $(seq 21 100); do cycle $i; done
	after=$($T/life use)
	echo "# 80 loads: kernel memory and small objects: $before KiB before, $after KiB after"
	# the module alone is some 400 KiB; 10 KiB that stay at each load, or 4 in small objects, would show
	[ $((${after% *} - ${before% *})) -lt 768 ] || fail "kernel memory grew: $before to $after"
	[ $((${after#* } - ${before#* })) -lt 256 ] || fail "small objects grew: $before to $after"
}
