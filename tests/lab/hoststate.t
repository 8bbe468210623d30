#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max,pauth-impdef=on" LIMIT=150
"$(dirname "$0")/../module/build" && . "$(dirname "$0")/../lib.sh"

host() {
	[ -e /dev/tabula-host ] || insmod $T/tabula_host.ko || fail "the test module does not load"
	$T/hoststate "$1"
}

# On each way out of KVM_RUN the host's registers are what they were: EL2's controls, debug, timers, PMU, GIC, PSTATE, FP.
test_host_quiet() { host quiet; }

# So they are when the guest has written its own debug registers, timers, FP, TPIDRs, GIC or PSTATE, one by one.
test_host_one_by_one() { host one-by-one; }

# And all of them together, on each way out.
test_host_all() { host all; }

# A VMM that is killed while its guest runs leaves nothing of it in the CPU.
test_host_killed() { host killed; }

# A thread that has moved to another CPU while its guest ran knows it after KVM_RUN: the C library asks its memory (rseq).
test_host_moved() { $T/hoststate moved; }

# A page that the guest has used is so however often it is asked, until that is cleared; and again when it is used again.
test_host_young() {
	[ -e /dev/tabula-host ] || insmod $T/tabula_host.ko || fail "the test module does not load"
	$T/hostpage young
}

# What traps at the host's EL0 is the same before, between and after VMs.
test_host_user_space() { host user-space; }

# What firmware left in the list registers of a CPU that comes online reaches no guest, and vCPUs that were there lose nothing.
test_module_list_registers() {
	# first come, first called when a CPU comes online
	rmmod tabula || fail "the module does not unload"
	[ ! -e /dev/tabula-host ] || rmmod tabula_host || fail "the test module does not unload"
	insmod $T/tabula_host.ko || fail "the test module does not load"
	insmod /lab/tabula.ko || fail "the module does not load"
	$T/gicplug littered
}
