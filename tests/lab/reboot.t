#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# A guest reboots again and again under one QEMU and comes up on both vCPUs each time.
test_reboots() {
	times=$(many 4 10)
	guest_start a ask
	for i in $(seq $times); do
		guest_wait a 60 ready $i
		guest_tell a reboot
	done
	guest_wait a 60 ready $((times + 1))
	guest_tell a off
	guest_off a
	[ "$(grep -c 'up on 2 vCPUs' $G.a)" = $((times + 1)) ] || fail "$(grep -c 'up on 2 vCPUs' $G.a) of $((times + 1)) lives came up on 2 vCPUs"
}
