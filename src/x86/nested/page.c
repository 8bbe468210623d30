// SPDX-License-Identifier: GPL-2.0
/*
 * Kept pages of L1's.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "../../mutant.h"
#include "page.h"

void *nested_page_begin(struct nested_page *p, struct gmem *gm, u64 gpa, bool write)
{
	int ret;

	if (p->kept && p->gpa != gpa && !MUTANT(block_any))
		nested_page_drop(p);
	if (!p->kept) {
		ret = guest_map(&p->map, gm, gpa, write ? GUEST_MAP_WRITE : 0);
		if (ret)
			return ERR_PTR(ret);
		p->gpa = gpa;
		p->kept = true;
	}
	return guest_map_begin(&p->map);
}

void nested_page_end(struct nested_page *p, bool dirty)
{
	guest_map_end(&p->map, dirty ? GUEST_MAP_DIRTY : 0);
}

const void *nested_page_copy(struct nested_page *p, struct gmem *gm, u64 gpa, void *to,
			     const struct nested_span *s)
{
	const void *page = nested_page_begin(p, gm, gpa, true);

	if (IS_ERR(page))
		return page;
	for (; s->len; s++)
		memcpy(to + s->at, page + s->at, s->len);
	nested_page_end(p, false);
	return MUTANT(block_shared) ? page : to;
}

void nested_page_drop(struct nested_page *p)
{
	if (!p->kept)
		return;
	guest_unmap(&p->map);
	p->kept = false;
}

struct nested_page *nested_page_choose(struct nested_page *p, unsigned int n, u64 gpa, u64 *clock)
{
	struct nested_page *best = &p[0];
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (p[i].kept && p[i].gpa == gpa) {
			best = &p[i];
			break;
		}
		if (!p[i].kept ? best->kept : best->kept && p[i].used < best->used)
			best = &p[i];
	}
	best->used = ++*clock;
	return best;
}
