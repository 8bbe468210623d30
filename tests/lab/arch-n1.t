#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=200
. "$(dirname "$0")/../lib.sh"

# A bare-metal guest makes a hypercall, is answered a load and a store by the VMM, and ends.
test_first_light() { $T/arch first-light; }

# At its first instruction a guest finds reset values in every register, whatever VMM and another VM left in this CPU.
test_reset_values() { $T/arch reset-values; }

# Of all 32768 encodings of MRS and MSR a guest with a GIC has those of its ID registers, with reset values; all else is undefined.
test_all_registers() { $T/arch scan-gic; }

# Without a GIC the same holds, and no GIC register of another VM shows.
test_all_registers_without_gic() { $T/arch scan-no-gic; }

# Instructions of features that the ID registers deny are undefined.
test_hidden_instructions() { $T/arch hidden-instructions; }

# A program in AArch32 below an AArch64 kernel calls it, by A32 and T32.
test_user32() { $T/user32 calls; }

# So do a device's loads and stores of it, by either byte order, in an IT block or not.
test_user32_mmio() { $T/user32 mmio && $T/user32 blocks; }

# It reads debug registers, thread IDs and timers as EL1 lets it; other coprocessor registers are undefined, and EL1 takes it.
test_user32_coprocessors() { $T/user32 coprocessors && $T/user32 timers; }

# Its FP registers are its own, an abort of the VMM's reaches EL1, and a VMM that debugs gets its BKPT.
test_user32_vmm() { $T/user32 fp-and-aborts && $T/user32 vmms; }

# A guest whose tables lie in device memory while the hypervisor looks for an address of its takes aborts itself, and the host none.
test_tables_in_devices() { $T/abort tables-in-devices; }

# An external abort says to the guest whether it read, wrote, fetched, or walked a table, and at which level.
test_module_abort_reasons() { $T/abort reasons; }

# So does one for a table that is not in guest memory.
test_module_abort_walks() { $T/abort walks; }

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

# Each size of load and store, sign and zero, into W and X, XZR too, at EL1 and EL0, either byte order: bytes on the bus and registers are right.
test_mmio_table() { $T/mmio table; }

# The same at EL1 with the guest's MMU on.
test_mmio_table_mmu() { $T/mmio table-mmu; }

# So do unscaled, unprivileged, register-offset and ordered loads and stores.
test_mmio_forms() { $T/mmio forms; }

# The VMM is shown the address to the byte, up to the last one of the IPA space.
test_mmio_addresses() { $T/mmio addresses; }

# Pairs, write-back, exclusives and atomics have no syndrome: ENOSYS, or KVM_EXIT_ARM_NISV with every field; PC stays at them.
test_mmio_no_syndrome() { $T/mmio no-syndrome; }

# Cache maintenance and prefetches of what is no memory pass without an exit.
test_mmio_maintenance() { $T/mmio maintenance; }

# The VMM's answer is taken once, at the next KVM_RUN, also where immediate_exit ends that; the register and PC show it at once.
test_mmio_pending() { $T/mmio pending; }

# Writes to a zone of KVM_REGISTER_COALESCED_MMIO wait in the ring, in order, as long as it has room; all else exits.
test_coalesced() { $T/coalesced order && $T/coalesced full && $T/coalesced gone; }

# What a guest reads in the registers of its caches and its core is what the VMM reads.
test_caches() { $T/caches same; }

# What the ID registers show works, at EL1 and at EL0.
test_features_shown() { $T/features shown; }

# What is not EL0's, or not without EL1's leave, traps to EL1 by its class; with leave it works.
test_features_el0() { $T/features el0; }

# A CPU without SVE has no capability of it, and no feature.
test_sve_absent() { $T/sve absent; }
