// SPDX-License-Identifier: GPL-2.0
/*
 * Address space identifiers of one CPU.
 */
#include <linux/types.h>

#include "../../mutant.h"
#include "asid.h"

void asid_pool_init(struct asid_pool *pool, u32 count)
{
	/* what was given before is valid no more; as if all had been given: the first to ask flushes */
	pool->generation++;
	pool->count = count;
	pool->next = count;
}

enum asid_flush asid_use(struct asid_pool *pool, struct asid *asid, bool flush)
{
	enum asid_flush what = ASID_KEEP;

	if ((asid->pool == pool || (MUTANT(asid_anywhere) && asid->pool)) &&
	    (asid->generation == pool->generation || MUTANT(asid_old)))
		return flush && !MUTANT(asid_unflushed) ? ASID_OWN : ASID_KEEP;
	if (pool->next >= pool->count) {
		pool->generation++;
		pool->next = 1;
		what = MUTANT(asid_reused) ? ASID_KEEP : ASID_ALL;
	}
	asid->pool = pool;
	asid->generation = pool->generation;
	asid->id = pool->next++;
	return what;
}
