#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# There are as many counters as the CPU has, or as the VMM says; each register keeps what it has, and others are undefined.
test_pmu_registers() { $T/pmu registers; }

# The cycle counter counts while it and the whole are enabled, goes on from what was written, and not without.
test_pmu_cycles() { $T/pmu cycles; }

# It counts at the exception levels that its filter leaves.
test_pmu_levels() { $T/pmu levels; }

# Software increments count, overflow, and chain.
test_pmu_software() { $T/pmu software; }

# An overflow interrupts the guest once, where it is not masked, and the line falls with the flag.
test_pmu_interrupt() { $T/pmu interrupt; }

# What EL0 may read and write is what each value of PMUSERENR_EL0 says. (QEMU 7.2 lets some past the kernel's own KVM.)
test_module_pmu_rights() { $T/pmu rights; }

# A vCPU without the feature has no register of it, neither for the guest nor for the VMM.
test_pmu_absent() { $T/pmu absent; }

# What the VMM's thread does outside of the guest is not counted.
test_pmu_around() { $T/pmu around; }

# A counter goes on counting when another thread runs the vCPU.
test_module_pmu_threads() { $T/pmu threads; }

# Counters move by one-reg to another VM, and count on there.
test_pmu_travels() { $T/pmu travels; }

# Restoring both registers of a pair, set and clear, leaves the value.
test_module_pmu_pairs() { $T/pmu pairs; }

# KVM_ARM_VCPU_INIT stops all counters.
test_pmu_reset() { $T/pmu reset; }

# An event that the VMM's filter denies is neither shown nor counted.
test_pmu_filter() { $T/pmu filter; }

# Attributes take what they should, in the right order, and say why not.
test_pmu_attributes() { $T/pmu attributes; }

# The VMM chooses the PMU by its number in sysfs.
test_pmu_host() { $T/pmu host; }

# Without a GIC in the kernel the overflow shows in kvm_run.
test_pmu_no_gic() { $T/pmu no-gic; }
