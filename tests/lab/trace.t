#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=90
. "$(dirname "$0")/../lib.sh"

R=/sys/kernel/tracing

# traced EVENT… -- CMD…: what CMD lets the events say, in /tmp/trace; the output of CMD in /tmp/said
traced() {
	echo >$R/trace
	while [ "$1" != -- ]; do
		echo 1 >$R/events/tabula/$1/enable || fail "no event $1"
		shift
	done
	shift
	"$@" >/tmp/said || { s=$?; cat /tmp/said; fail "$*: status $s"; }
	echo 0 >$R/events/tabula/enable
	cat $R/trace >/tmp/trace
}

# said EVENT PATTERN: lines of the event that match
said() { grep -c "$1: .*$2" /tmp/trace; }

# within EVENT FIELD START END: the field of each of the event's lines lies there
within() {
	for n in $(sed -n "s/.*$1: .*\b$2 \(0x[0-9a-f]*\).*/\1/p" /tmp/trace); do
		[ $((n)) -ge $(($3)) ] && [ $((n)) -lt $(($4)) ] || fail "$1: $2 $n is not in $3-$4"
	done
}

# Aborts, set/way operations and toggled caches are traced, with the guest's PC and the addresses it used.
test_module_events() {
	traced tabula_guest_fault tabula_set_way_flush tabula_toggle_cache -- $T/trace touch
	set -- $(sed -n 's/^pages \(.*\)-\(.*\) image \(.*\)-\(.*\)/\1 \2 \3 \4/p' /tmp/said)
	[ $# = 4 ] || fail "the program does not say where"
	p=$(printf '%x' $(($1)))
	[ "$(said tabula_guest_fault "ipa 0x${p%000}")" -ge 1 ] || fail "no fault on the page at $1"
	n=$(sed -n 's/.*tabula_guest_fault: ipa \(0x[0-9a-f]*\) .*/\1/p' /tmp/trace | while read -r i; do
		[ $((i)) -lt $(($1)) ] || [ $((i)) -ge $(($2)) ] || echo; done | wc -l)
	[ "$n" -ge 8 ] || fail "$n faults on eight pages"
	within tabula_guest_fault pc $3 $4
	within tabula_guest_fault hsr 0x80000000 0x98000000
	within tabula_set_way_flush pc $3 $4
	within tabula_toggle_cache pc $3 $4
	[ "$(said tabula_set_way_flush "cache off")" = 1 ] && [ "$(said tabula_set_way_flush "cache on")" = 1 ] ||
		fail "set/way: $(said tabula_set_way_flush "cache off") with caches off, $(said tabula_set_way_flush "cache on") on"
	[ "$(said tabula_toggle_cache "was off now on")" = 1 ] || fail "no toggle"
	# mapped one to one; but where a table was walked (S1PTW) the two are not of one page
	sed -n 's/.*guest_fault: ipa \(0x[0-9a-f]*\) hsr \(0x[0-9a-f]*\) hxfar \(0x[0-9a-f]*\) .*/\1 \2 \3/p' /tmp/trace |
		while read -r ipa hsr far; do
			[ $((hsr >> 7 & 1)) = 1 ] || [ $((ipa >> 12)) = $((far >> 12)) ] || fail "$far is not at $ipa"
		done || exit 1
}

# Counters of guest memory move with what is done, as the file for people and the one for programs say alike.
test_module_counters() { $T/trace counters; }

# A walk of stage 1 is shown for a vCPU that is in the guest, idle, off or stopped, by address or by its PC.
test_module_walk() { $T/trace walk && $T/trace walk-without-init; }

# Walks go on while a Linux guest boots and its VMM is killed, find the kernel's tables, and keep nothing alive.
test_module_walk_of_linux() {
	guest_start a sleep
	for i in 0 1; do
		(while [ ! -e /tmp/enough ]; do
			cat /sys/kernel/debug/tabula/*/vcpu$i/s1walk
			usleep 200000
		done >/tmp/walks.$i 2>/tmp/errors.$i) &
	done
	kernel_found() { grep -qE '^ipa .*EL1 r-x.*write-back' /tmp/walks.0 && grep -qE '^ipa .*EL1 r-x.*write-back' /tmp/walks.1; }
	wait_for 60 kernel_found || { cat /tmp/walks.1; fail "the guest's kernel was not found on both vCPUs"; }
	kill -9 $(cat $G.a.pid)
	wait_for 20 guest_ended a || fail "QEMU does not die"
	touch /tmp/enough
	wait_for 20 rmmod tabula || fail "the module is in use"
	insmod /lab/tabula.ko
	for i in 0 1; do
		echo "# vCPU $i: $(grep -c ^pc /tmp/walks.$i) walks, $(grep -c 'stage 1 is off' /tmp/walks.$i) with the MMU off"
		# a VM that is not there yet, or not any more; a vCPU that is not initialised yet
		! grep -vE 'No such file|Exec format|No such process|No such device' /tmp/errors.$i | grep . || fail "other errors"
	done
}

# An access that the syndrome does not describe goes to the VMM with its address, if the VMM wants it.
test_nisv() { $T/trace nisv; }

# Such an access is traced with its instruction, found by the guest's own tables.
test_module_nisv_traced() {
	traced tabula_mmio_nisv gmem_access -- $T/trace nisv
	[ "$(grep -c '^nisv' /tmp/said)" = 6 ] || fail "not six accesses"
	grep '^nisv' /tmp/said | while read -r _ _ pc _ insn _ ipa; do
		grep -q "tabula_mmio_nisv: ipa $ipa .* pc $pc insn $(printf '0x%08x' $insn)" /tmp/trace ||
			{ cat /tmp/trace; fail "not traced: $insn at $pc, $ipa"; }
	done || exit 1
	[ "$(said gmem_access 'read gpa')" -ge 6 ] || fail "who read the instructions?"
}

# A trigger that counts stacks says from where a kept page is used: from the scheduler, as a vCPU is loaded.
test_module_stacks() {
	e=$R/events/tabula/pfn_cache_check
	echo 'hist:keys=hit,common_stacktrace' >$e/trigger || fail "no histogram"
	$T/steal told-while-disturbed || fail "the program's status is $?"
	cat $e/hist >/tmp/hist
	echo '!hist:keys=hit,common_stacktrace' >$e/trigger
	grep -q pvtime_load /tmp/hist && grep -q run_sched_in /tmp/hist && grep -q 'hit: *1' /tmp/hist ||
		{ cat /tmp/hist; fail "not from there"; }
	grep -E 'Hits|Entries' /tmp/hist | sed 's/^ */# /'
}
