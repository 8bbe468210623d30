/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /dev/tabula-ways and the program that uses it agree upon.
 */
#ifndef TESTS_MODULE_WAYS_H
#define TESTS_MODULE_WAYS_H

#include <linux/types.h>

/* An operation: at a guest address, or at an offset from the kept range's. */
struct ways_op {
	__u64 at;
	__u64 len;	/* bytes, or how often */
	__u64 width;
	__u64 buf;
	__u64 val;
};

struct ways_stats {
	__u64 hits, misses, refreshes, waits, agains, invalidates, kicks;
	__u64 hva_hits, hva_misses;
	__u64 maps, unmaps;
	__u64 unmapped;
};

/* Low numbers are the VFS's own. */
enum {
	WAYS_SLOT = 0x7501,	/* struct kvm_userspace_memory_region */
	WAYS_DIRTY,		/* struct kvm_dirty_log */
	WAYS_STATS,		/* struct ways_stats */
	WAYS_HVA_INIT,		/* struct ways_op, from here on */
	WAYS_HVA_GET,
	WAYS_HVA_PUT,
	WAYS_HVA_XCHG,
	WAYS_HVA_ADD,
	WAYS_MAP,
	WAYS_UNMAP,
	WAYS_MAP_ADD,
	WAYS_GUEST_KEEP,
	WAYS_GUEST_ADD,
	WAYS_GUEST_DROP,
};

#endif
