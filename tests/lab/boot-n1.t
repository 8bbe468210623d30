#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# An SMP Linux guest with one vCPU comes up and powers off on a CPU without FEAT_S2FWB.
test_one_vcpu() {
	SMP=1 guest_start a ''
	guest_up a 1 && guest_off a
}

# An SMP Linux guest with two vCPUs comes up on both and powers off on a CPU without FEAT_S2FWB.
test_two_vcpus() {
	SMP=2 guest_start a ''
	guest_up a 2 && guest_off a
}

# Two guests of two vCPUs each run at once and both get right sums out of all their vCPUs.
test_two_guests() {
	guest_start a ask
	guest_start b ask
	guest_up a 2 && guest_up b 2
	guest_tell a work
	guest_tell b work
	guest_wait a 40 'work ok'
	guest_wait b 40 'work ok'
	guest_tell a off
	guest_tell b off
	guest_off a && guest_off b
}
