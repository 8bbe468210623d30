#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# KVM_IRQ_LINE raises SPIs and PPIs; a level comes until it falls, an edge once, also when it came while disabled.
test_lines() { $T/irq lines; }

# Pending interrupts come by priority, a higher one preempts a handler, and ICC_PMR_EL1 holds the others back.
test_priority() { $T/irq priority; }

# Two vCPUs answer each other's SGIs out of WFI 300 times, and none is lost.
test_sgi() { $T/irq sgi; }

# irqfds inject edges and levels, the resamplefd is told at the end of a level, routing moves them, deassigned ones are silent.
test_irqfd() { $T/irq irqfd; }

# ioeventfds take writes of their address, length and value and leave all others to the VMM.
test_ioeventfd() { $T/irq ioeventfd; }

# The device's registers show an interrupt pending, active and ended as the guest goes through it.
test_active() { $T/irq active; }

# A level that is always high ends thousands of times while signals call the vCPU back to the VMM, and the host lives.
test_ended_and_left() { $T/ends ended-and-left; }

# A GIC state written by the VMM, with one interrupt active and pending, is what the guest goes on with.
test_restore() { $T/irq restore; }
