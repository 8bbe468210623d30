#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# /dev/kvm itself answers with the API's version and the size of kvm_run, and refuses what is not for it.
test_system() { $T/abi system; }

# Each capability that VMMs build upon is there, and the VM says the same of it as /dev/kvm; an unknown one is 0.
test_extensions() { $T/abi extensions; }

# A vCPU is made once, within the bounds, and goes on without the descriptors of its VM and of /dev/kvm.
test_vcpus() { $T/abi vcpus; }

# A new vCPU's registers are those of a processor that comes out of reset.
test_reset() { $T/abi reset; }

# A memory slot that is crooked, overlaps, or changes what cannot be changed is refused, each with its errno.
test_slots() { $T/abi slots; }

# The list of CPUID entries says E2BIG when there is no room for it, or when there is too much of it.
test_cpuid_calls() { $T/abi cpuid-calls; }

# The older KVM_SET_CPUID sets the same leaves.
test_old_cpuid() { $T/abi old-cpuid; }

# The list of emulated features is there, and empty: nothing is done in place of a CPU that cannot do it.
test_emulated() { $T/abi emulated; }

# Calls that are not there have no capability, and are refused as by a KVM that has them not.
test_absent() { $T/abi absent; }

# MSRs are read and written up to the first that is none, and the call says how many that were.
test_msr_calls() { $T/abi msr-calls; }

# KVM_RUN with immediate_exit comes back with EINTR before the guest has run, and goes on after it.
test_immediate_exit() { $T/abi immediate-exit; }

# Capabilities, their bits, and registers that kernels after 6.12 added are there or answered as absent.
test_later() { $T/later caps && $T/later registers; }

# What user space asks /sys/module about its KVM is there: nested paging is on, and nothing forces emulation.
test_facts() {
	[ "$(cat /sys/module/kvm_amd/parameters/npt)" = Y ] && [ "$(cat /sys/module/kvm/parameters/force_emulation_prefix)" = 0 ]
}

# failing CHECK: of each call every allocation fails once, whoever may wait for it, and each copy from and to the VMM
failing() {
	[ -e /proc/self/fail-nth ] || { echo "skip: this kernel lets nothing fail (LAB_KERNEL=debug does)"; return 77; }
	[ -d /sys/kernel/debug/failslab ] || mount -t debugfs none /sys/kernel/debug
	for f in failslab fail_page_alloc fail_usercopy; do
		echo 0 >/sys/kernel/debug/$f/verbose
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	$T/failing $1 || return
	[ "$(awk '$1 == "tabula" { print $3 }' /proc/modules)" = 0 ] || fail "users of the module are left"
	[ -z "$(ls /sys/kernel/debug/tabula)" ] || fail "VMs are left"
}

# A VM and its statistics are there as a whole or not at all, whatever cannot be had on the way.
test_module_failing_vm() { failing made; }

# Nor are a vCPU and the interrupt controllers there in part, and the VM ends as ever.
test_module_failing_vcpu() { failing vcpu; }

# What is added to a VM is added or not, and can be added when there is memory again.
test_module_failing_parts() { failing vm; }

# A vCPU's state that cannot be taken in or given leaves nothing behind.
test_module_failing_state() { failing state; }

# KVM_RUN says that memory cannot be had, and goes on where it was when it can.
test_module_failing_run() { failing run; }
