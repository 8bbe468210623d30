#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# An edge at the I/O APIC comes once, a level for as long as it is there, and what is masked not at all.
test_pins() { $T/chip pins; }

# The PIC's interrupts come with the vectors that the guest gave it, when it lets them.
test_pic() { $T/chip pic; }

# A GSI leads to a pin of each chip or to one message, and a route to what is not there is refused.
test_routes() { $T/chip routes; }

# A signal of an irqfd is the message that its GSI leads to.
test_irqfd() { $T/chip irqfd; }

# With a resamplefd the line stays until the guest ends the interrupt, and the end is told.
test_resample() { $T/chip resample; }

# A write that an ioeventfd waits for, to memory or a port, signals it without the VMM, and no other does.
test_ioeventfd() { $T/chip ioeventfd; }

# What KVM_GET_IRQCHIP says can be set again, and a split VM has no such chips.
test_state() { $T/chip state; }

# A VMM with the I/O APIC hears of the ends of its level-triggered interrupts alone.
test_ends() { $T/chip ends; }

# A VMM with the PIC has its interrupts taken through LINT0, one at a time, when the window is open, in HLT, too.
test_extint() { $T/chip extint; }

# The PIT's interrupts come by I/O APIC and PIC at their pace, none early, and once where they were asked for once.
test_pit() { $T/pit ticks && $T/pit once; }

# Its counts go down, its outputs and the speaker's port tell when they end, latched or not.
test_pit_counts() { $T/pit counts; }

# Ticks that a guest could not take are owed, unless the VMM says that they are lost.
test_pit_late() { $T/pit late; }

# A VM with another one's PIT ticks on; it is made once, where the other controllers are; an HPET silences it.
test_pit_state() { $T/pit state && $T/pit calls; }
