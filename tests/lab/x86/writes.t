#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# Whatever the hypervisor writes for a guest, by whichever way, is in the dirty log.
test_log() { $T/writes log; }

# Where userfaultfd has not brought the page, it waits for it, and the write is on top of what came.
test_missing() { $T/writes missing; }

# Where userfaultfd protects the page, nothing is written before the VMM has heard of it.
test_protected() { $T/writes protected; }
