#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# A guest reboots ten times under one QEMU and comes up on both vCPUs each time.
test_reboot_ten_times() {
	guest_start a ask
	for i in 1 2 3 4 5 6 7 8 9 10; do
		guest_wait a 60 ready $i
		guest_tell a reboot
	done
	guest_wait a 60 ready 11
	guest_tell a off
	guest_off a
	[ "$(grep -c 'up on 2 vCPUs' $G.a)" = 11 ] || fail "$(grep -c 'up on 2 vCPUs' $G.a) of 11 lives came up on 2 vCPUs"
}
