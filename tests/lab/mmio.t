#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# Each size of load and store, sign and zero, into W and X, XZR too, at EL1 and EL0, either byte order: bytes on the bus and registers are right.
test_table() { $T/mmio table; }

# The same at EL1 with the guest's MMU on.
test_table_mmu() { $T/mmio table-mmu; }

# So do unscaled, unprivileged, register-offset and ordered loads and stores.
test_forms() { $T/mmio forms; }

# The VMM is shown the address to the byte, up to the last one of the IPA space.
test_addresses() { $T/mmio addresses; }

# Pairs, write-back, exclusives and atomics have no syndrome: ENOSYS, or KVM_EXIT_ARM_NISV with every field; PC stays at them.
test_no_syndrome() { $T/mmio no-syndrome; }

# Cache maintenance and prefetches of what is no memory pass without an exit.
test_maintenance() { $T/mmio maintenance; }

# The VMM's answer is taken once, at the next KVM_RUN, also where immediate_exit ends that; the register and PC show it at once.
test_pending() { $T/mmio pending; }
