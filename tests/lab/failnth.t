#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=120
[ "${LAB_KERNEL:-}" = debug ] || { echo "1..0 # SKIP the stock kernel injects no faults (LAB_KERNEL=debug)"; exit 0; } # before lib.sh boots
. "$(dirname "$0")/../lib.sh"

# Each allocation and copy of each call that makes something fails once: nothing stays of the call, and in the end it works.
test_each_failure() {
	[ -e /proc/self/fail-nth ] || { echo "skip: this kernel injects no faults"; return 77; }
	mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
	for f in failslab fail_page_alloc; do
		echo N >/sys/kernel/debug/$f/ignore-gfp-wait || fail "no $f"
		echo 0 >/sys/kernel/debug/$f/verbose
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo 0 >/sys/kernel/debug/fail_usercopy/verbose
	$T/failnth calls
}

# After that nothing holds the module.
test_module_unloads_after() {
	rmmod tabula || fail "somebody holds the module"
	insmod /lab/tabula.ko || fail "it does not load again"
}
