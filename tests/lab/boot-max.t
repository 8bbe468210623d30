#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# An SMP Linux guest with one vCPU comes up and powers off on a CPU with FEAT_S2FWB and pointer authentication.
test_one_vcpu() {
	SMP=1 guest_start a ''
	guest_up a 1 && guest_off a
}

# An SMP Linux guest with two vCPUs comes up on both and powers off on a CPU with FEAT_S2FWB and pointer authentication.
test_two_vcpus() {
	SMP=2 guest_start a ''
	guest_up a 2 && guest_off a
}

