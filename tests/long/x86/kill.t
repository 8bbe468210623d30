#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=900
. "$(dirname "$0")/../../lib.sh"

# QEMU killed with SIGKILL twenty times, at twenty different moments of a guest's boot, leaves a host where a guest boots.
test_kill_mid_boot() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		guest_start a sleep
		usleep $((i * 400000 + 400000))
		kill -9 "$(cat $G.a.pid)" || { cat $G.a; fail "QEMU ended by itself in round $i"; }
		wait_for 60 guest_ended a || fail "QEMU does not die in round $i"
	done
	guest_start a ''
	guest_wait a 240 'Linux .* up on 1 vCPUs' && guest_off a
}
