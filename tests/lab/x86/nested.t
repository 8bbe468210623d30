#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
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
