// SPDX-License-Identifier: GPL-2.0
/*
 * Address spaces of L2s.
 */
#include <linux/errno.h>
#include <linux/minmax.h>

#include "../../mutant.h"
#include "bits.h"
#include "space.h"

void spaces_init(struct spaces *s)
{
	s->ncr3 = SPACE_NO_NCR3;
}

void spaces_free(struct spaces *s)
{
	unsigned int i;

	for (i = 0; i < SPACE_SHADOWS; i++)
		shadow_free(&s->shadow[i]);
	s->now = NULL;
}

void space_flush(struct spaces *s, u32 asid, bool *flush)
{
	unsigned int i;

	for (i = 0; i < SPACE_SHADOWS; i++)
		if ((!asid || s->shadow[i].asid == asid) && !MUTANT(space_kept))
			shadow_empty(&s->shadow[i]);
	if (!MUTANT(space_unflushed))
		*flush = true;
}

/* The tables of L1's address space: kept, or those of the one that was not used the longest. */
static struct shadow *space_find(struct spaces *s, u32 asid, u64 ncr3, unsigned int levels,
				 bool *flush)
{
	struct shadow *at, *best = &s->shadow[0];

	for (at = s->shadow; at < s->shadow + SPACE_SHADOWS; at++) {
		if (at->root && (at->asid == asid || MUTANT(space_any_asid)) && at->ncr3 == ncr3) {
			at->used = ++s->clock;
			return at;
		}
		if (at->used < best->used)
			best = at;
	}
	if (!best->root && shadow_init(best, levels))
		return NULL;
	shadow_empty(best);
	best->asid = asid;
	best->ncr3 = ncr3;
	best->used = ++s->clock;
	*flush = true;
	return best;
}

int space_enter(struct spaces *s, u32 asid, u64 ncr3, u8 tlb_ctl, unsigned int levels, bool *flush)
{
	if (tlb_ctl != NESTED_FLUSH_NONE)
		space_flush(s, tlb_ctl == NESTED_FLUSH_ALL ? 0 : asid, flush);
	s->now = NULL;
	if (ncr3 != SPACE_NO_NCR3) {
		s->now = space_find(s, asid, ncr3, levels, flush);
		if (!s->now)
			return -ENOMEM;
	}
	/* one identifier for all of L1's guests: what it stands for has changed */
	if ((s->asid != asid || s->ncr3 != ncr3) && !MUTANT(space_untold))
		*flush = true;
	s->asid = asid;
	s->ncr3 = ncr3;
	return 0;
}

int space_map(struct spaces *s, u64 addr, const struct nested_leaf *leaf,
	      const struct npt_copy *ours, bool *flush)
{
	struct shadow_page p = {
		.pfn = ours->pfn,
		.shift = min(leaf->shift, ours->shift),
		.write = leaf->write && (ours->write || MUTANT(space_writable)),
		.exec = leaf->exec,
		.memory = leaf->memory | ours->memory,
	};
	int ret = shadow_map(s->now, addr, &p);

	if (ret == -ENOSPC) {
		shadow_empty(s->now);
		*flush = true;
		ret = shadow_map(s->now, addr, &p);
	}
	if (ret > 0)
		*flush = true;
	return min(ret, 0);
}
