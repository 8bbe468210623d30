#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=200
. "$(dirname "$0")/../lib.sh"

# An edge before, while and after its interrupt is disabled, cleared, active: what is pending and active is so, and comes once.
test_pending() { $T/gicflow pending; }

# Groups and their enables, at the distributor and at the CPU, with an interrupt that waits: it comes in its group, or waits on.
test_groups() { $T/gicflow groups; }

# The mask, priorities changed while they wait, binary points and active priorities say what preempts what.
test_preempt() { $T/gicflow preempt; }

# With the two-step end an interrupt is active until ICC_DIR_EL1, and others of its priority come meanwhile.
test_dir() { $T/gicflow dir; }

# More interrupts than list registers, active one on the other or all pending: each ends, and comes, in its turn.
test_many() { $T/gicflow many; }

# Each SGI goes to whom its register names, by every affinity field, and by its group.
test_sgi_targets() { $T/gicflow sgi; }

# A level follows its line: pending, active, disabled, latched by name.
test_level() { $T/gicflow level; }

# An SPI for any vCPU goes to one that is on, one that is routed anew moves with what is pending, active ones at their end.
test_any() { $T/gicflow any; }

# A vCPU that computes and makes no exit is told of an interrupt, each within half a second.
test_kick() { $T/gicflow kick; }

# What the VMM writes to the registers of distributor and redistributors it reads back, the guests read, and no other vCPU has.
test_state_registers() { $T/gicstate registers; }

# So do the CPU interface's registers, whether the vCPU has run or not; KVM_ARM_VCPU_INIT clears them.
test_state_sysregs() { $T/gicstate sysregs; }

# A VM with interrupts active, pending and both, a level and two timers that fire goes on as another VM all is copied to.
test_state_move() { $T/gicstate move; }

# Attributes that are none, of vCPUs that are none, at bad addresses, or while a vCPU runs get the documented errno.
test_state_errors() { $T/gicstate errors; }

# Whatever makes an interrupt that waits come wakes the vCPU that sleeps, done by another vCPU: nine ways.
test_wake_sleeps() { $T/gicwake sleeps; }

# One that the mask holds back does not end WFI.
test_wake_masked() { $T/gicwake masked; }

# What another vCPU reads and writes of an interrupt in a list register of one that computes is what that one has.
test_wake_spins() { $T/gicwake spins; }

# An interrupt that waits in a list register goes to the vCPU that it is routed to then.
test_wake_moves() { $T/gicwake moves; }

# A level that falls while it is active in a vCPU that computes does not come again.
test_wake_level() { $T/gicwake level; }

# What is active, pending or comes while the CPU under a vCPU goes offline and comes back is taken once, and a level that fell is not.
test_offline() { $T/gicplug offline; }
