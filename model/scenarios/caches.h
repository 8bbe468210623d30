/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For scenarios about what keeps translations: guest memory without a stage 2, one
 * cache of its first page, and those who use it.
 */
#ifndef SCENARIOS_CACHES_H
#define SCENARIOS_CACHES_H

#include "../../src/mem/pfn_cache.h"
#include "base.h"

/* Nothing here depends on the policy. */
#define EXPECT_CACHES							\
	{ [MMU_NONE] = SKIP, [MMU_UNMAP] = HOLDS, [MMU_CLEAN] = SKIP,	\
	  [MMU_TWO_TREE] = SKIP, [MMU_DC] = SKIP, [MMU_FWB] = SKIP }

/* Who is not the guest. */
#define ANY_GUEST	"none: it is about the hypervisor's own access"

/**
 * struct caches - the VM
 * @gm: its memory: four pages from GPA(0) on, at HVA(0)
 * @pc: a cache of the number at the beginning of GPA(0), for writing
 * @added: how often it was counted up
 * @stop: guests that stay inside may leave
 */
struct caches {
	struct gmem gm;
	struct pfn_cache pc;
	unsigned int added;
	bool stop;
};

extern struct caches *caches;
extern const struct gmem_client caches_client;	/* it maps nothing */

/**
 * caches_create() - the VM, with its cache active and valid
 * @flags: KVM_MEM_* of the slot
 */
void caches_create(u32 flags);

/**
 * caches_destroy() - end of the VM
 *
 * As finish() too: all kernel mappings must be dropped.
 */
void caches_destroy(void);

/**
 * caches_check_count() - caches_destroy(), after a look at the number
 *
 * It must be what was added: no addition went to a page that was elsewhere by then.
 */
void caches_check_count(void);

/**
 * caches_slot() - change a slot
 * @id: which
 * @gpa: guest address
 * @page: HVA(@page) backs it
 * @pages: length; 0 deletes
 * @flags: KVM_MEM_*
 *
 * Return: what gmem_set_region() says.
 */
int caches_slot(unsigned int id, u64 gpa, unsigned int page, unsigned int pages, u32 flags);

/**
 * cache_add() - the kernel counts up the number, in atomic context
 * @pc: by which cache
 *
 * Return: false: refresh it first.
 */
bool cache_add(struct pfn_cache *pc);

/**
 * cache_add_soon() - cache_add(), with refreshes before where it needs one
 * @pc: by which cache
 *
 * Return: 0, or what the refresh says.
 */
int cache_add_soon(struct pfn_cache *pc);

#endif
