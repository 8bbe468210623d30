#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2"
. "$(dirname "$0")/../../lib.sh"

# The guest's clock is the VMM's KVM_GET_CLOCK, to the nanosecond, and so after KVM_SET_CLOCK.
test_same() { $T/clock same; }

# Time does not step back from one vCPU to another, nor when their threads move.
test_forward() { $T/clock forward; }

# Nor when the host shares the page with a child, or protects it, and so moves it.
test_moved() { $T/clock moved; }

# Nor while the host sleeps, with all its CPUs off but one and AMD-V off on that: the vCPUs run on behind it, and their clock is the host's.
test_slept() { $T/clock slept; }

# Nor where the host freezes its tasks and stops its devices, as it does before it idles.
test_frozen() { $T/clock frozen; }

# A record whose page the VMM drops is there again before its vCPU can read it.
test_dropped() { $T/clock dropped; }

# What the hypervisor writes is in the dirty log: the record when it is given and when the clock is set, the wall clock.
test_dirty() { $T/clock dirty; }

# A record on a page that userfaultfd has not brought yet waits for it, as the VMM's own access would.
test_userfault() { $T/clock userfault; }

# A guest whose VM stood still is told so once, and clears it.
test_stopped() { $T/clock stopped; }

# The wall clock and the clock make the time of day.
test_wall() { $T/clock wall; }

# The record says that it is the same on all vCPUs while their TSCs are, and only then; the time stays right.
test_stable() { $T/clock stable; }
