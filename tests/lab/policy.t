#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=200
. "$(dirname "$0")/../lib.sh"

reload() {
	[ ! -e /sys/module/tabula ] || rmmod tabula || fail "rmmod"
	insmod /lab/tabula.ko "$@"
}

counter() { awk -v n="$1" '$1 == n { print $2 }' /sys/kernel/debug/tabula/*/stats; }

# boots GUEST with a reboot, leaving it running
boots() {
	guest_start p ask
	guest_wait p 60 ready 1
	guest_tell p reboot
	guest_wait p 60 ready 2
}

ends() {
	guest_tell p off
	guest_off p
	[ "$(grep -c 'up on 2 vCPUs' $G.p)" = 2 ] || fail "not two lives on 2 vCPUs"
}

# With two trees, all maintenance but that of first maps is at most 2 % of it, over a boot and a reboot.
test_module_two_trees_pay_little() {
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
	reload || fail "the default policy is refused"
	[ "$(cat /sys/module/tabula/parameters/policy)" = two-tree ] || fail "the parameter does not show it"
	boots
	map=$(counter lines_map)
	rest=$(($(counter lines_warm) + $(counter lines_reset) + $(counter lines_setway) + $(counter lines_unmap)))
	echo "# lines: first maps $map, else $rest; warm-ups $(counter warm_ups), of these fast $(counter warm_ups_fast), resets $(counter resets)"
	[ "$map" -gt 100000 ] || fail "only $map lines at first maps: is the counter right?"
	[ $((rest * 50)) -le "$map" ] || fail "$rest lines besides $map"
	[ "$(counter warm_ups)" -ge 4 ] && [ "$(counter resets)" -ge 1 ] || fail "$(counter warm_ups) warm-ups, $(counter resets) resets"
	ends
}

# The negative control needs a second parameter, fwb a CPU that has it, and a wrong name is no policy.
test_module_refused_policies() {
	! reload policy=none || fail "policy=none loaded"
	dmesg | tail -n 3 | grep -q "allow_none=1" || fail "the log does not say how"
	! reload policy=fwb || fail "policy=fwb loaded on a CPU without FEAT_S2FWB"
	! reload policy=wild || fail "policy=wild loaded"
	! reload policy=dc || fail "policy=dc loaded"
	reload policy=none allow_none=1 || fail "policy=none allow_none=1 does not load"
	reload || fail "the default does not load again"
}
