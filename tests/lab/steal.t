#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=90
. "$(dirname "$0")/../lib.sh"

# KVM_ARM_VCPU_PVTIME_IPA is taken once, aligned and with a slot, and refused with the documented errno otherwise.
test_attribute() { $T/steal attribute; }

# A guest finds stolen time by SMCCC on the vCPUs that have it, zeroed, and on no other.
test_calls() { $T/steal calls; }

# What a guest reads as stolen is what its thread waited for a CPU.
test_told() { $T/steal told; }

# It is so too while the page of the structure is unmapped, protected and swapped beneath it all the time.
test_told_while_disturbed() { $T/steal told-while-disturbed; }

# The slot of the structure goes and comes back: nothing is lost, and the dirty log hears of it.
test_slot_toggles() { $T/steal slot-toggles; }

# A Linux guest reports steal in /proc/stat when the server's CPUs are busy, and next to none when they are not.
test_linux_reports_steal() {
	steal() { sed -n 's/^guest-a: steal \([0-9]*\).*/\1/p' $G.a | tail -n 1; }
	guest_start a ask
	guest_up a 2
	guest_wait a 20 ready
	guest_tell a steal
	guest_wait a 10 steal
	before=$(steal)
	for c in 1 2; do (while :; do :; done) & hogs="${hogs:-} $!"; done
	guest_tell a work
	guest_wait a 60 'work ok'
	kill $hogs
	guest_tell a steal
	guest_wait a 10 steal 2
	after=$(steal)
	echo "# steal: $before ticks before, $after after"
	[ $((after - before)) -ge 10 ] || fail "steal went from $before to $after ticks"
	guest_tell a off
	guest_off a
}
