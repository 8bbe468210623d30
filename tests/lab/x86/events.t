#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# Each exception that the VMM puts in arrives with its vector, its error code and the guest's address.
test_exceptions() { $T/events exceptions; }

# A pending page fault brings its address, which is in CR2 once the fault is taken, and not before.
test_payload() { $T/events payload; }

# Events that cannot be are refused with EINVAL.
test_bad_events() { $T/events bad-events; }

# An NMI arrives with interrupts off, and a second one when the first has been handled.
test_nmi() { $T/events nmi; }

# The VMM waits for the window, and its interrupt is taken there, or behind HLT.
test_interrupt() { $T/events interrupt; }

# A fault that cannot be delivered is KVM_EXIT_SHUTDOWN.
test_shutdown() { $T/events shutdown; }

# A triple fault that waits is saved and restored by a VMM that knows of it, and told of once.
test_triple_fault() { $T/events triple-fault; }
