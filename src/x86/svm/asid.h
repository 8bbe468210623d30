/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address space identifiers of one CPU (AMD APM vol. 2, 15.16): a name for what its TLB holds
 * of one guest. The known generation scheme: when they run out the TLB is flushed and
 * counting begins anew.
 */
#ifndef TABULA_SVM_ASID_H
#define TABULA_SVM_ASID_H

#include <linux/types.h>

/**
 * struct asid_pool - identifiers of one CPU
 * @generation: how often they ran out; never 0
 * @next: the next to be given
 * @count: all there are, the host's 0 included: 1 to @count - 1 are given
 */
struct asid_pool {
	u64 generation;
	u32 next;
	u32 count;
};

/**
 * struct asid - an identifier that a vCPU has
 * @pool: whose; NULL: it has none
 * @generation: in which it was given
 * @id: the identifier
 */
struct asid {
	const struct asid_pool *pool;
	u64 generation;
	u32 id;
};

/* What the next VMRUN has to flush. */
enum asid_flush {
	ASID_KEEP,	/* nothing */
	ASID_OWN,	/* what the TLB holds under this identifier */
	ASID_ALL,	/* all of this CPU's TLB: identifiers begin anew */
};

/**
 * asid_pool_init() - the TLB of a CPU may hold anything
 * @pool: the CPU's; zeroed, or in use until the CPU went away
 * @count: identifiers, the host's 0 included; at least 2
 */
void asid_pool_init(struct asid_pool *pool, u32 count);

/**
 * asid_use() - the identifier for a VMRUN on this CPU
 * @pool: the CPU's
 * @asid: the vCPU's; changed where it has none that is valid here
 * @flush: the vCPU's translations may not be used any more
 *
 * A new identifier needs no flush: nothing was cached under it since the last flush of
 * all. Instead of a flush of one identifier a new one could do, but there are few.
 *
 * Return: what the VMRUN has to flush.
 */
enum asid_flush asid_use(struct asid_pool *pool, struct asid *asid, bool flush);

#endif
