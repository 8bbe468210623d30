#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# A bare-metal guest makes a hypercall, is answered a load and a store by the VMM, and ends.
test_first_light() { $T/arch first-light; }

# At its first instruction a guest finds reset values in every register, whatever VMM and another VM left in this CPU.
test_reset_values() { $T/arch reset-values; }

# Of all 32768 encodings of MRS and MSR a guest with a GIC has those of its ID registers, with reset values; all else is undefined.
test_all_registers() { $T/arch scan-gic; }

# Instructions of features that the ID registers deny are undefined.
test_hidden_instructions() { $T/arch hidden-instructions; }

# Two guests and a host process on one CPU keep every FP/SIMD and general register over thousands of switches.
test_fp_survives() { $T/fp survive; }

# V registers that the VMM writes are those that it reads.
test_fp_onereg() { $T/fp onereg; }

# BRK, a hardware breakpoint, a watchpoint and a single step work inside a guest, and are silent when off.
test_guest_debug() { $T/debug self-hosted; }

# A debugged process on the guest's CPU gets each of its watchpoint's traps, and the guest, at the same address, none.
test_debug_beside_guest() { $T/debug beside-ptrace; }
