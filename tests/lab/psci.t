#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --smp 4" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# Every PSCI and SMCCC function that is announced answers, every other one is NOT_SUPPORTED.
test_psci_calls() { $T/psci calls; }

# CPU_ON starts a vCPU at its address with its argument, off, on and pending are told apart, CPU_OFF ends it until the next.
test_psci_cpu_on() { $T/psci cpu-on; }

# SYSTEM_OFF, SYSTEM_RESET and SYSTEM_RESET2 stop all vCPUs and tell the VMM which it was.
test_psci_system() { $T/psci system; }

# CPU_SUSPEND and WFI return at once with an interrupt pending, masked or not, and otherwise when one comes.
test_psci_suspend() { $T/psci suspend; }

# The PSCI version that the VMM chooses is the one that the guest sees, with the functions of that version.
test_psci_version() { $T/psci version; }

# A VM whose first vCPU is made without KVM_ARM_VCPU_PSCI_0_2 has PSCI 0.1 with its numbers, no later one, and no vCPU with it.
test_psci_version_0_1() { $T/psci version-0.1; }

# SYSTEM_SUSPEND is the VMM's when it has asked for it, with the call in the registers, and else not supported.
test_psci_system_suspend() { $T/psci system-suspend; }

# Between CPU_ON and KVM_RUN the VMM reads the start state, what it writes stays, off and on keep it, a reset forgets it; endianness and 32-bit calls.
test_pending() { $T/power pending; }

# An MMIO load that waits for its answer when the vCPU is turned off and on is not answered into the next life.
test_pending_mmio() { $T/power pending-mmio; }

# Of 1000 CPU_ONs of a vCPU that turns itself off none lets it run on with its old registers.
test_power_race() { $T/power race; }

# SYSTEM_OFF beside three vCPUs that turn each other on leaves all of them off.
test_power_off_race() { $T/power off-race; }

# KVM_MP_STATE_SUSPENDED waits for an event and tells the VMM of it, each time, until it says RUNNABLE.
test_suspended() { $T/power suspended; }

# Each PSCI function by its 32-bit and its 64-bit number is there, or is said not to be, as PSCI_FEATURES says.
test_numbers() { $T/powertab numbers; }

# Affinities at each level, with each bit that no field has, of 32 and 64 bits: CPU_ON and AFFINITY_INFO find whom they name, and nobody else.
test_affinities() { $T/powertab affinities; }

# Entry and context have the call's width, and the vCPU that is started the byte order of its caller.
test_contexts() { $T/powertab contexts; }

# CPU_SUSPEND ends at either timer's time, and at once with an SPI pending.
test_suspend() { $T/powertab suspend; }

# A vCPU that goes off with its timers fired and an SPI pending stays off, starts anew, and the SPI is still there.
test_life() { $T/powertab life; }

# Of 512 vCPUs each has its affinity, and its power.
test_512() { $T/powertab 512; }
