#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# A guest, with its MMU off and on, has small pages of the host as its memory.
test_small_pages() { $T/memory small-pages; }

# The same on transparent huge pages, in step with the guest's addresses and out of step.
test_transparent_huge_pages() { $T/memory thp; }

# The same on hugetlbfs pages of 2 MiB.
test_hugetlb_2m() { $T/memory hugetlb-2m; }

# A read-only slot is read as memory, and a write to it is an MMIO exit with address and data.
test_read_only_slot() { $T/memory read-only; }

# After MADV_DONTNEED, munmap, mremap, fork, page-out and mprotect a guest sees what its VMM sees at the same address.
test_changed_below() { $T/memory changed-below; }

# After a fork the parent's guest goes on in the parent's memory and leaves the child's alone.
test_forked() { $T/memory forked; }

# While the VMM drops, collapses, splits, protects and pages out memory a guest reads what it wrote, or zero.
test_under_load() { $T/memory under-load; }

# A deleted or moved slot is gone at the guest's next access, which is the VMM's then.
test_slot_gone() { $T/memory slot-gone; }

# Code that the VMM rewrites between two lives of a vCPU is what the next life executes.
test_rewritten_code() { $T/memory code; }

# Poisoned memory becomes SIGBUS with BUS_MCEERR_AR to the VMM; the rest stays, and a new page in its place works.
test_poison() { $T/memory poison; }

# Poison in a huge page of hugetlbfs is reported with the size of that page.
test_poison_huge() { $T/memory poison-huge; }

# A slot beyond the guest's addresses is refused with EFAULT, a dirty log of bare frames with EINVAL.
test_odd_slots() {
	[ -e /dev/mem ] || mknod /dev/mem c 1 1
	$T/memory odd-slots
}

# Four vCPUs that want the same blocks at once have each of them cleaned once.
test_module_together() { $T/memory together; }

# While the VMM frees memory that is no guest's, no fault starts again, and each block is cleaned once.
test_module_elsewhere() { $T/memory elsewhere; }

# Pages that KSM has merged under a guest come apart when it writes.
test_merged() { $T/memory merged; }

# The tables that map a guest's memory are counted as SecPageTables while it lives.
test_table_pages() { $T/memory table-pages; }

# With a dirty log on 4 KiB pages exactly the pages that the guest wrote are reported, once.
test_dirty_small() { $T/dirty small; }

# With manual protection, initially set or not, pages stay reported until they are cleared.
test_dirty_manual() { $T/dirty manual; }

# The same holds for memory that was mapped in blocks of 2 MiB.
test_dirty_huge() { $T/dirty huge; }

# Where the VMM asks for it, blocks become pages before their slot is logged, or as its log is first cleared, and no write splits one.
test_dirty_split() { $T/dirty split; }

# A copy kept up by the log alone never misses a write while the guest writes on, and is equal in the end.
test_dirty_nothing_lost() { $T/dirty nothing-lost; }

# By the dirty ring exactly the pages that the guest wrote are told, once, and again when it writes them after a reset.
test_ring_exact() { $T/ring exact; }

# A vCPU whose ring is full comes out with KVM_EXIT_DIRTY_RING_FULL, and runs on when entries were taken.
test_ring_full() { $T/ring full; }

# A copy kept up by the ring alone never misses a write while the guest writes on, and is equal in the end.
test_ring_nothing_lost() { $T/ring nothing-lost; }

# Sizes, order of calls, mappings: the errnos of the API; the bitmap is there beside the ring where that was asked for.
test_ring_calls() { $T/ring calls; }

# A VMM that writes anything into the ring while the guest runs harms nobody else.
test_module_ring_hostile() { $T/ring hostile; }
