// SPDX-License-Identifier: GPL-2.0
/*
 * A record's accesses as those of a kept range.
 */
#include <linux/container_of.h>

#include "range.h"

static struct hva_cache *range_cache(struct pv_mem *m)
{
	return &container_of(m, struct pv_range, mem)->hc;
}

static int range_load(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	return hva_cache_load(range_cache(m), off, width, val);
}

static int range_store(struct pv_mem *m, u32 off, unsigned int width, u64 val)
{
	return hva_cache_store(range_cache(m), off, width, val);
}

static int range_xchg(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	return hva_cache_xchg(range_cache(m), off, width, val);
}

int pv_range_init(struct pv_range *r, struct gmem *gm, u64 gpa, u64 len)
{
	r->mem = (struct pv_mem) {
		.load = range_load, .store = range_store, .exchange = range_xchg,
	};
	return hva_cache_init(&r->hc, gm, gpa, len);
}

void pv_range_exit(struct pv_range *r)
{
	hva_cache_exit(&r->hc);
}
