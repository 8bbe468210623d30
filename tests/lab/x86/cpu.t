#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# CPUID says what KVM_SET_CPUID2 was given, entry by entry.
test_cpuid() { $T/cpu cpuid; }

# A leaf that is in no entry is four zeroes.
test_cpuid_absent() { $T/cpu cpuid-absent; }

# What the VMM writes into an MSR the guest reads, and the other way round.
test_msr() { $T/cpu msr; }

# An MSR that is none, or a value that it does not take, is #GP for the guest and refused to the VMM.
test_msr_bad() { $T/cpu msr-bad; }

# Every MSR that is listed can be read, and takes what was read from it.
test_msr_list() { $T/cpu msr-list; }

# The time-stamp counter goes on in one direction, from where the VMM sets it.
test_tsc() { $T/cpu tsc; }

# Control registers are read as they were written, and what may not be set in them is #GP.
test_control() { $T/cpu control; }

# A guest goes from reset's first instruction through real and 32-bit into 64-bit mode and back.
test_switch() { $T/cpu switch; }

# A guest in real mode with EFER.LME set reads it so, and the host is well at its exit.
test_enabled() { $T/cpu enabled; }
