#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=200
. "$(dirname "$0")/../lib.sh"

reload() {
	[ ! -e /sys/module/tabula ] || rmmod tabula || fail "rmmod"
	insmod /lab/tabula.ko "$@"
}

# boots GUEST with a reboot, leaving it running
boots() {
	guest_start p ask
	guest_wait p 60 ready 1
	guest_tell p reboot
	guest_wait p 60 ready 2
}

counter() { awk -v n="$1" '$1 == n { print $2 }' /sys/kernel/debug/tabula/*/stats; }

ends() {
	guest_tell p off
	guest_off p
	[ "$(grep -c 'up on 2 vCPUs' $G.p)" = 2 ] || fail "not two lives on 2 vCPUs"
}

# Under every policy that can be had a guest boots and reboots on two vCPUs.
test_module_policies() {
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
	for policy in unmap clean two-tree; do
		reload policy=$policy || fail "policy=$policy is refused"
		boots
		[ "$(cat /sys/kernel/debug/tabula/*/policy)" = $policy ] || fail "the VM says $(cat /sys/kernel/debug/tabula/*/policy)"
		ends
		echo "# $policy"
	done
}

# Without IDC a reset takes execute permission from the root: the tables a second life enters are a few, and it boots.
test_module_without_idc() {
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
	! reload hide=nonsense || fail "hide=nonsense loaded"
	reload hide=idc,dic policy=two-tree || fail "hide=idc,dic is refused"
	boots
	echo "# fences $(counter fences), cleaned for fetches $(counter lines_exec), I-cache invalidations $(counter icache_invals)"
	[ "$(counter fences)" -gt 0 ] || fail "no table was entered again"
	[ "$(counter lines_exec)" -gt 0 ] || fail "nothing was cleaned for fetches"
	ends
}
