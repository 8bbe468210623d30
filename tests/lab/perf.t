#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# perf_start NAME WORD [QEMU-OPTION…]: a Linux guest whose init is perfinit
perf_start() {
	local name=$1 word=$2
	shift 2
	mkdir -p /tmp/perf
	cp $T/perfinit /tmp/perf/init
	(cd /tmp/perf && echo init | cpio -o -H newc >/tmp/perf.initrd 2>/dev/null) || fail "no initrd"
	APPEND=$word guest_start $name '' -initrd /tmp/perf.initrd "$@"
}

# perf_event_open in a Debian guest counts cycles on both vCPUs, at EL0 alone, too, none while it sleeps, and samples by overflow.
test_perf_counts() {
	perf_start a ''
	guest_wait a 120 'perf ok'
	guest_off a
}

# With QEMU's pmu=off the guest has nothing to count by.
test_perf_off() {
	perf_start a none -cpu host,pmu=off
	guest_wait a 60 'perf has nothing'
	guest_off a
}
