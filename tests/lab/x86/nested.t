#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2"
. "$(dirname "$0")/../../lib.sh"

# Without EFER.SVME a guest has no AMD-V; with it addresses are checked, and there is no SKINIT.
test_off() { $T/nested off; }

# What L1 intercepts of L2 comes to it, the rest is served as any guest's, with and without nested paging.
test_exits() { $T/nested exits; }

# A control block that the architecture forbids is refused with VMEXIT_INVALID.
test_refused() { $T/nested refused; }

# A port or MSR is L1's where its permission maps say so, and where they end.
test_maps() { $T/nested maps; }

# L1's nested tables deny and allow, set A and D, and tell of a fault as a CPU does.
test_npf() { $T/nested npf; }

# After L1's flush, of whichever kind, L2 sees the page that L1's tables name now.
test_remap() { $T/nested remap; }

# Events that L1 injects are taken by L2, and come back where they cannot be delivered.
test_inject() { $T/nested inject; }

# VMLOAD and VMSAVE switch what VMRUN does not, and touch nothing else of a block.
test_segments() { $T/nested segments; }

# L2's third fault is L1's exit if L1 asks for it, and the VM's end if not.
test_shutdown() { $T/nested shutdown; }

# An interrupt for L1 ends L2's stay, and L1 takes it when its flags allow.
test_intr() { $T/nested intr; }

# So does an NMI.
test_nmi() { $T/nested nmi; }

# L1's virtual interrupt exits when L2 could take it, or is taken.
test_vintr() { $T/nested vintr; }

# A vCPU in L2 goes on in another one by KVM_GET and KVM_SET_NESTED_STATE, and a state that cannot be is refused.
test_state() { $T/nested state; }

# While the host moves each page that is written, the control block, the maps and L2's own, no stay of L2's is lost.
test_forks() { $T/nested forks; }

# Nor while dirty logging of that memory goes on and off.
test_slots() { $T/nested slots; }

# What #VMEXIT writes to VMCB12, and L2 to its memory, is in the dirty log each time.
test_dirty() { $T/nested dirty; }

# With anything in VMCB12, the maps and L1's tables, and changing, KVM_RUN never fails, and the host is well.
test_hostile() { $T/nested hostile; }

# Control block and maps of L1 are mapped once for all stays of L2.
test_module_kept() { $T/nested kept; }

# What L1 injects is delivered before an NMI or interrupt that waits ends L2's stay.
test_behind() { $T/nested behind; }
