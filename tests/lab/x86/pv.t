#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2"
. "$(dirname "$0")/../../lib.sh"

# A vCPU whose thread left the guest between two instructions is preempted; a flush asked for in that byte is taken.
test_preempted() { $T/pv preempted; }

# A record that says preempted and then loses its memory keeps its guest from running until it is back.
test_record_gone() { $T/pv record-gone; }

# What is written of stolen time is in the dirty log.
test_steal_dirty() { $T/pv steal-dirty; }

# Each interrupt is ended once, in memory or by an exit, while the host takes the page away again and again.
test_eoi() { $T/pv eoi; }

# A byte whose bit the guest never looks at ends nothing: the offer is taken back at each exit.
test_eoi_unused() { $T/pv eoi-unused; }

# By hypercall: IPIs and NMIs to those of a mask that are there, the CPU lent, a halted vCPU woken.
test_hypercalls() { $T/pv hypercalls; }

# The time of day and the TSC of one moment, where the host has both from its TSC.
test_pair() { $T/pv pair; }

# Where the VMM wants it so, a feature that CPUID does not show is not there.
test_enforced() { $T/pv enforced; }
