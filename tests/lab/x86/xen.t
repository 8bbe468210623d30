#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# The page that the guest asks for by its MSR has hypercalls, which are the VMM's with all they carry.
test_call() { $T/xen call; }

# An event that the VMM says waits in vcpu_info wakes the guest by its vector, once, wherever the page is by then.
test_upcall() { $T/xen upcall; }

# The time is in vcpu_info and where else the VMM says, and the wall clock in shared_info; the dirty log has them.
test_time() { $T/xen time; }
