#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# Debug registers that the VMM sets the guest reads, and the other way round.
test_registers() { $T/debug registers; }

# Two vCPUs in turn have each their own debug registers.
test_two() { $T/debug two; }

# Debug registers with bits that cannot be are refused with EINVAL.
test_bad() { $T/debug bad; }

# A guest that sets TF gets a debug exception behind each instruction.
test_step() { $T/debug step; }

# A VMM that steps a guest gets it back after each instruction, and the guest notices nothing.
test_guest_debug() { $T/debug guest-debug; }

# An instruction that the hypervisor serves is one step, for a guest that steps itself and for its VMM.
test_step_served() { $T/debug step-served; }
