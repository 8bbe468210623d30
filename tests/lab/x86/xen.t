#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2"
. "$(dirname "$0")/../../lib.sh"

# The page that the guest asks for by its MSR has hypercalls, which are the VMM's with all they carry.
test_call() { $T/xen call; }

# An event that the VMM says waits in vcpu_info wakes the guest by its vector, once, wherever the page is by then.
test_upcall() { $T/xen upcall; }

# The time is in vcpu_info and where else the VMM says, and the wall clock in shared_info; the dirty log has them.
test_time() { $T/xen time; }

# An event comes by call, irqfd and GSI, with its bits and its interrupt, wherever its pages are, once, and is in the dirty log.
test_events() { $T/xen events; }

# One that is sent while shared_info has no slot comes to a halted and to a busy guest when the slot comes back.
test_away() { $T/xen away; }

# The guest sends events, sets its timer and polls without the VMM, who hears of a port that leads nowhere.
test_own() { $T/xen own; }

# A vCPU's times are their sum, stand over a page's end as the VMM reads them, and are in the dirty log.
test_runstate() { $T/xen runstate; }
