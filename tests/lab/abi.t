#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# KVM_GET_REG_LIST says E2BIG and how many; each register of it is there once, reads, and accepts what it read.
test_reg_list() { $T/abi reg-list; }

# Registers of wrong size, unknown ids, PSTATE above EL1, changed invariants and bad addresses are refused and change nothing.
test_reg_refusals() { $T/abi reg-refusals; }

# A vCPU does nothing before KVM_ARM_VCPU_INIT, takes known features only, and is as new after a second one.
test_vcpu_init() { $T/abi vcpu-init; }

# immediate_exit, a signal, KVM_SET_SIGNAL_MASK and a stopped vCPU end KVM_RUN with EINTR and lose nothing.
test_signals() { $T/abi signals; }

# KVM_RUN does not end with EINTR when no signal came, however busy the CPU is with other threads.
test_no_idle_eintr() { $T/abi no-idle-eintr; }

# KVM_SET_VCPU_EVENTS makes an SError pending, KVM_GET_VCPU_EVENTS tells, and reserved fields must be zero.
test_vcpu_events() { $T/abi events; }

# Slots that overlap, wrap, are misaligned or out of range get the documented errno; moves and deletions take effect.
test_slots() { $T/abi slots; }

# Thousands of slots, with numbers up to what KVM_CAP_NR_MEMSLOTS says, are there at once, and each goes by its number.
test_slots_many() { $T/abi slots-many; }

# A guest's access to memory that the VMM may not access so ends KVM_RUN with EFAULT, and the VM goes on afterwards.
test_bad_memory() { $T/abi bad-memory; }

# For each capability that answers 0 the ioctl is ENOTTY or EINVAL, and both descriptors say the same.
test_missing_caps() { $T/abi missing-caps; }

# Capabilities, vCPU features, registers and devices that kernels after 6.12 added are there or answered as absent.
test_later() { $T/later caps && $T/later vcpus && $T/later devices; }

# KVM_CREATE_VM takes exactly the IPA sizes it says, and slots end with them; vCPU numbers are checked.
test_vm_types() { $T/abi vm-types; }

# Every ioctl number on every descriptor with addresses and contents that are rubbish does no harm.
test_wild_ioctls() { $T/abi wild-ioctls; }

# A value that KVM_SET_ONE_REG takes for a listed register is there afterwards; one that it refuses has changed nothing.
test_onereg_patterns() { $T/onereg patterns; }

# What the VMM writes is what the guest reads, and what the guest writes is what the VMM reads.
test_onereg_guest() { $T/onereg guest; }

# An affinity that the VMM gives a vCPU is what the guest reads, and is fixed once a vCPU has run.
test_onereg_mpidr() { $T/onereg mpidr; }

# Ids with a bit that no field of theirs has, or with another size, are no registers.
test_onereg_stray() { $T/onereg stray; }

# AArch32's registers at EL2 are listed, begin as the architecture says, and keep what a VMM restores.
test_onereg_kept() { $T/onereg kept; }

# What a VMM takes from ID registers, CTR_EL0 and CLIDR_EL1 before the first run the guest does not see; it can add nothing, and change nothing later.
test_onereg_lowered() { $T/onereg lowered; }

# Without a GIC ID_AA64PFR0_EL1 says so from the first run on; a VMM may say so before, and not that there is another one.
test_onereg_no_gic() { $T/onereg no-gic; }

# Every register of two vCPUs at once keeps a value of its own while both run on one CPU; KVM_ARM_VCPU_INIT gives one vCPU what a new one has.
test_onereg_own() { $T/onereg own; }

# An eventfd that was an irqfd, a resamplefd or an ioeventfd, taken back or not, or refused, is free when the VM is gone.
test_eventfds() { $T/counted eventfds; }

# A vCPU goes on from where it was with one thread after the other, none of which stays, and each hears of its signals.
test_threads() { $T/counted threads; }

# Processes that end or are killed with a vCPU running leave no address space behind.
test_processes() { $T/counted processes; }

# Arguments one beyond what may be are refused with the documented errno, and those that may just be are taken.
test_arguments() { $T/counted arguments; }

# KVM_CREATE_IRQCHIP is ENODEV, for it asks for a GICv2; KVM_ARM_VCPU_FINALIZE is EINVAL, and ENOEXEC and EFAULT before that.
test_absent() { $T/counted absent; }

# A signal ends KVM_RUN while a page is waited for that userfaultfd has yet to bring, and the access is made when it is there.
test_signal_in_fault() { $T/hostpage signal; }

# The memory of a VMM that is killed comes back while others hold its VM's descriptors, which refuse everything.
test_held_elsewhere() { $T/hostpage held; }
