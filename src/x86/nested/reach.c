// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of L1's nested tables: read in one access, and marked by exchange, as a CPU does.
 */
#include <linux/container_of.h>
#include <linux/errno.h>

#include "../../mem/hva_cache.h"
#include "../../mutant.h"
#include "reach.h"

static int reach_load(struct nested_tables *t, u64 addr, unsigned int size, u64 *pte)
{
	struct reach *r = container_of(t, struct reach, t);

	return gmem_read_elems(r->gm, addr, pte, size, 1) == 1 ? 0 : -EFAULT;
}

static int reach_mark(struct nested_tables *t, u64 addr, unsigned int size, u64 old, u64 new)
{
	struct reach *r = container_of(t, struct reach, t);
	struct hva_cache hc;
	u64 was = old;
	int ret = hva_cache_init(&hc, r->gm, addr, size);

	if (!ret && MUTANT(mark_blind))
		ret = hva_cache_store(&hc, 0, size, new);
	else if (!ret)
		ret = hva_cache_cmpxchg(&hc, 0, size, &was, new);
	hva_cache_exit(&hc);
	/* in read-only memory they are what they are */
	if (ret == -EFAULT)
		return 0;
	return ret ?: was == old ? 0 : -EAGAIN;
}

void reach_init(struct reach *r, struct gmem *gm)
{
	r->gm = gm;
	r->t.load = reach_load;
	r->t.mark = reach_mark;
}
