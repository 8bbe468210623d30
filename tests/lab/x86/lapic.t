#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# Interrupt controllers are made once, before the first vCPU, and only the bootstrap processor runs at once.
test_create() { $T/lapic create; }

# An xAPIC delivers to whom ICR names, when IF lets it, and HLT ends.
test_xapic() { $T/lapic xapic; }

# An x2APIC does the same by MSRs, and what does not exist there is #GP.
test_x2apic() { $T/lapic x2apic; }

# A higher priority interrupts a lower one, which goes on, and others wait for the end.
test_priority() { $T/lapic priority; }

# CR8 and TPR are one, and hold back what is not above them.
test_tpr() { $T/lapic tpr; }

# The timer counts once, or again and again, and wakes a vCPU that sleeps.
test_count() { $T/lapic count; }

# The TSC deadline wakes it not before its time, and one that has passed is due at once.
test_deadline() { $T/lapic deadline; }

# KVM_SIGNAL_MSI wakes a vCPU that sleeps, and says whether somebody took it.
test_msi() { $T/lapic msi; }

# INIT and SIPI start another vCPU in real mode at their page, and an NMI reaches it in HLT.
test_start() { $T/lapic start; }

# A state of sleep that the VMM sets is what it reads, and it runs on when it says so.
test_halted() { $T/lapic halted; }

# KVM_SET_LAPIC with what KVM_GET_LAPIC said restores a pending interrupt.
test_state() { $T/lapic state; }

# KVM_CAP_X2APIC_API has an x2APIC's ID read as 32 bits, of vCPUs that were there before, too.
test_wide_ids() { $T/lapic wide-ids; }

# A VMM that steps over HLT hears of it, and the vCPU sleeps on.
test_step() { $T/lapic step; }
