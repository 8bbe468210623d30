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

# A policy that is chosen between a vCPU's initialisation and its first run is in force in that run.
test_module_policy_late() { $T/memory policy-late; }

# Instructions of features that the ID registers deny are undefined.
test_hidden_instructions() { $T/arch hidden-instructions; }

# Two guests and a host process on one CPU keep every FP/SIMD and general register over thousands of switches.
test_fp_survives() { $T/fp survive; }

# V registers that the VMM writes are those that it reads.
test_fp_onereg() { $T/fp onereg; }

# BRK, a hardware breakpoint, a watchpoint and a single step work inside a guest, and are silent when off.
test_guest_debug() { $T/debug self-hosted; }

# Breakpoints that the VMM restores fire at the next entry, and not while the OS lock that it restores is set.
test_debug_restored() { $T/debug restored; }

# The OS lock silences a guest's breakpoint, keeps what the guest has set, and gives it back.
test_debug_locked() { $T/debug locked; }

# A VMM steps its guest over what the CPU, the hypervisor or the VMM serves, one instruction at a time.
test_debugger_steps() { $T/debugger steps && $T/debugger step-from-mmio; }

# A VMM that debugs gets BRK, breakpoints and watchpoints; what the guest has set of its own stays, and works after.
test_debugger_stops() { $T/debugger software && $T/debugger hardware && $T/debugger beside-own; }

# KVM_SET_GUEST_DEBUG refuses what it does not know, and says what it does.
test_debugger_refusals() { $T/debugger refusals; }

# A debugged process on the guest's CPU gets each of its watchpoint's traps, and the guest, at the same address, none.
test_debug_beside_guest() { $T/debug beside-ptrace; }

# A hidden register is undefined from each mode: vector, ESR, ELR, SPSR and every bit of the handler's PSTATE are the architecture's.
test_exc_undefined() { $T/exc undefined; }

# So is the external abort that the VMM has a load or a store end in, with FAR; no register changes.
test_exc_data_abort() { $T/exc data-abort; }

# Asked for twice it is taken once.
test_exc_abort_twice() { $T/exc abort-twice; }

# A fetch from where nothing is aborts, at the address that was fetched from.
test_exc_fetch() { $T/exc fetch; }

# An address beyond the VM's IPA space aborts.
test_exc_beyond() { $T/exc beyond; }

# A stage-1 table where nothing is: the abort says that it was a walk, and of which level.
test_exc_table_walk() { $T/exc table-walk; }

# A virtual SError with and without a syndrome is taken at once where it is not masked.
test_exc_serror() { $T/exc serror; }

# Masked it stays pending and is told of, twice is once with the last syndrome, and it cannot be cancelled.
test_exc_serror_pending() { $T/exc serror-pending; }

# With an access under way the load ends first, and the SError is taken behind it.
test_exc_serror_with_access() { $T/exc serror-with-access; }

# A data abort and an SError asked for together are both taken, the abort first.
test_exc_both() { $T/exc both; }

# What a guest reads in the registers of its caches and its core is what the VMM reads.
test_caches() { $T/caches same; }

# On a core that nobody has listed guests are not promised that instruction caches need no invalidation.
test_module_no_dic() { $T/caches distrusted; }

# What the ID registers show works, at EL1 and at EL0.
test_features_shown() { $T/features shown; }

# What is not EL0's, or not without EL1's leave, traps to EL1 by its class; with leave it works.
test_features_el0() { $T/features el0; }
