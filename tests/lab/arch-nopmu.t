#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max,pmu=off,sme=off" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# At its first instruction a guest finds reset values in every register, whatever VMM and another VM left in this CPU.
test_reset_values() { $T/arch reset-values; }

# Of all 32768 encodings of MRS and MSR a guest with a GIC has those of its ID registers, with reset values; all else is undefined.
test_all_registers() { $T/arch scan-gic; }

# Without a GIC the same holds, and no GIC register of another VM shows.
test_all_registers_without_gic() { $T/arch scan-no-gic; }

# Instructions of features that the ID registers deny are undefined.
test_hidden_instructions() { $T/arch hidden-instructions; }

# What the ID registers show works, at EL1 and at EL0.
test_features_shown() { $T/features shown; }

# What is not EL0's, or not without EL1's leave, traps to EL1 by its class; with leave it works.
test_features_el0() { $T/features el0; }

# What a guest reads in the registers of its caches and its core is what the VMM reads.
test_caches() { $T/caches same; }
