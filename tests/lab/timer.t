#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# Virtual and physical timer fire in time, wake WFI, fire at once when in the past, and neither masked nor disarmed.
test_timers() { $T/timer timers; }

# Each VM's virtual counter begins with it and can be set for it alone; the physical one begins as everybody's.
test_counter() { $T/timer counter; }

# A VMM that sets the physical counter moves it for its VM, forward or back, and the physical timer with it; nothing else.
test_phys_counter() { $T/timer phys-counter; }

# KVM_ARM_SET_COUNTER_OFFSET puts both counters at one offset from the host's, and setting a count changes nothing any more.
test_counter_offset() { $T/timer counter-offset; }

# KVM_ARM_VCPU_TIMER_CTRL moves a timer's interrupt before the first run, and refuses what it cannot be.
test_timer_ctrl() { $T/timer timer-ctrl; }

# A timer that fires and is switched off while its interrupt or the group is disabled leaves nothing pending.
test_unseen() { $T/timer unseen; }

# A timer's line follows what the VMM writes to its registers and to the counter, up and down, and so does what it saves.
test_moved() { $T/timer moved; }

# A timer ends a WFI also when the other one has fired before and its interrupt is disabled.
test_masked_first() { $T/timer masked-first; }

# A vCPU whose timer's interrupt another vCPU ends gets the next one.
test_ended_by_another() { $T/timer ended-by-another; }

# A virtual counter that the VMM sets is set for the vCPUs that run, and those that sleep until then wake up.
test_jump() { $T/timer jump; }

# A guest's WFI ends at its timer's time, not before and not never, where Linux's clock runs ahead of the counter.
test_clock_is_fast() { $T/timer fast; }

# So it does where Linux's clock lags behind.
test_clock_is_slow() { $T/timer slow; }

# With each timer in each of its states at once, status, line and interrupts are those of each.
test_pairs() { $T/timertab pairs; }

# WFI ends at the time of the timer that may end it, whatever the other one is or was.
test_wfi() { $T/timertab wfi; }

# Compare values have 64 bits, unsigned, in and out of the guest; TVAL is signed; the control register keeps two bits.
test_cval() { $T/timertab cval; }

# A timer's interrupt that is active while its vCPU leaves the guest is so afterwards; the next one comes, and none too many.
test_active() { $T/timertab active; }

# Both timers come by the interrupts that the VMM gives them, and by no others.
test_ppis() { $T/timertab ppis; }

# What the VMM writes to one timer it reads with its status, not in the other one; it fires at its time, and is reset.
test_timer_registers() { $T/timertab registers; }

# A timer whose interrupt the guest has taken costs the host no interrupt at each entry.
test_quiet() { $T/timertab quiet; }

# The counters that the VMM reads and the guest's are the same, also where the VMM has set them.
test_counters() { $T/timertab counters; }

# Each vCPU's timers are its own, on one CPU too.
test_both_vcpus() { $T/timertab both-vcpus; }
