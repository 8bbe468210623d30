#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# QEMU killed with SIGKILL at many different moments of a guest's boot leaves a host where a guest boots.
test_kill_mid_boot() {
	for i in $(seq 2 $(many 3 1) 20); do
		guest_start a sleep
		usleep $((i * 200000 + 400000))
		kill -9 "$(cat $G.a.pid)" || { cat $G.a; fail "QEMU ended by itself in round $i"; }
		wait_for 20 guest_ended a || fail "QEMU does not die in round $i"
	done
	guest_start a ''
	guest_up a 2 && guest_off a
}

# Host CPU 1 goes offline and comes back under a guest that computes on both its vCPUs, and every sum is right.
test_host_cpu_hotplug() {
	guest_start a ask
	guest_up a 2
	for i in $(seq $(many 4 8)); do
		guest_tell a work
		usleep 150000
		echo 0 >/sys/devices/system/cpu/cpu1/online || fail "CPU 1 does not go offline in round $i"
		usleep 150000
		echo 1 >/sys/devices/system/cpu/cpu1/online || fail "CPU 1 does not come back in round $i"
		guest_wait a 30 'work ok' $i
	done
	guest_tell a off
	guest_off a
}
