// SPDX-License-Identifier: GPL-2.0
/*
 * Mapped pages of guest memory: a pfn_cache in a scope.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "guest_map.h"
#include "trace.h"

int guest_map(struct guest_map *map, struct gmem *gm, u64 gpa, u32 flags)
{
	int ret;

	if (gpa & (GMEM_PAGE_SIZE - 1))
		return -EINVAL;
	pfn_cache_init(&map->pc, gm, flags);
	ret = pfn_cache_activate(&map->pc, gpa, GMEM_PAGE_SIZE);
	if (!ret)
		atomic64_inc(&gm->stats.maps);
	trace_guest_map(gpa, ret);
	return ret;
}

void guest_unmap(struct guest_map *map)
{
	atomic64_inc(&map->pc.gm->stats.unmaps);
	trace_guest_unmap(map->pc.gpa);
	pfn_cache_deactivate(&map->pc);
}

void *guest_map_try(struct guest_map *map)
{
	return pfn_cache_begin(&map->pc, &map->use);
}

void *guest_map_begin(struct guest_map *map)
{
	void *kva = guest_map_try(map);
	int ret;

	/* Each time round an invalidation or a change of slots took the page away. */
	while (!kva) {
		ret = pfn_cache_refresh(&map->pc);
		if (ret)
			return ERR_PTR(ret);
		kva = guest_map_try(map);
		if (kva)
			break;
		if (signal_pending(current))
			return ERR_PTR(-EINTR);
		cond_resched();
	}
	return kva;
}

void guest_map_end(struct guest_map *map, u32 flags)
{
	pfn_cache_end(&map->pc, &map->use, flags);
}
