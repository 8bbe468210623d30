/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host whose pages tests move about, and a kept page on it.
 */
#ifndef TEST_PFN_FAKE_H
#define TEST_PFN_FAKE_H

#include <linux/err.h>

#include "gmem_env.h"
#include "../../src/mem/pfn_cache.h"

#define GPA(p)		((100 + (p)) * PAGE)
#define FRAMES		64
#define MAY_SLEEP	HOST_INVAL_MAY_SLEEP
#define LOG		KVM_MEM_LOG_DIRTY_PAGES

/* --- the host: page n of the VMM stands on frame frame_of[n] */

static unsigned char frames[FRAMES][PAGE] __attribute__((aligned(4096)));
static unsigned int frame_of[32];
static u32 page_flags;		/* what host_page_get() says of every page */
static int get_ret, map_fails;
static unsigned int gets, puts, maps, unmaps, put_flags, get_flags;
static void (*on_get)(void), (*on_map)(void);
static struct pfn_cache pc;

static inline unsigned long at(unsigned long n)
{
	return ENV_HVA + n * PAGE;
}

int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	unsigned int f = frame_of[(hva - ENV_HVA) / PAGE];

	shim_may_sleep();
	gets++;
	get_flags = flags;
	memset(hp, 0, sizeof(*hp));
	if (get_ret)
		return get_ret;
	*hp = (struct host_page) {
		.pfn = 0x1000 + f,
		.hva = hva & ~(PAGE - 1),
		.map_shift = 12,
		.flags = HOST_PAGE_WRITABLE | page_flags,
	};
	if (!(page_flags & HOST_PAGE_NOSTRUCT))
		hp->page = (struct page *)frames[f];
	if (on_get)
		on_get();
	return 0;
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	puts++;
	put_flags = flags;
	hp->page = NULL;
}

void *host_page_map(const struct host_page *hp)
{
	shim_may_sleep();
	if (map_fails)
		return NULL;
	maps++;
	if (on_map)
		on_map();
	return frames[hp->pfn - 0x1000];
}

void host_page_unmap(const struct host_page *hp, void *kva)
{
	shim_may_sleep();
	unmaps++;
	assert_ptr_equal(kva, frames[hp->pfn - 0x1000]);
	if (!(page_flags & HOST_PAGE_NOSTRUCT))
		assert_non_null(hp->page);
}

static int setup(void **state)
{
	unsigned int i;

	if (env_setup(state))
		return -1;
	for (i = 0; i < 32; i++)
		frame_of[i] = i;
	memset(frames, 0, sizeof(frames));
	page_flags = 0;
	get_ret = map_fails = 0;
	gets = puts = maps = unmaps = put_flags = get_flags = 0;
	on_get = on_map = NULL;
	pfn_cache_init(&pc, gm, PFN_CACHE_WRITE);
	return env_region(0, 100, 16, at(0), LOG);
}

/* A cache leaves nothing: each mapping is dropped, each page given back, nobody watches. */
static int teardown(void **state)
{
	pfn_cache_deactivate(&pc);
	assert_int_equal(maps, unmaps);
	assert_null(gm->watches.tree.first);
	return env_teardown(state);
}

/* The kernel address that a use finds; NULL if there is none. */
static inline void *use(struct pfn_cache *c)
{
	struct pfn_use u;
	void *p = pfn_cache_begin(c, &u);

	if (p)
		pfn_cache_end(c, &u, 0);
	return p;
}

static inline void invalidate(unsigned long first, unsigned long last)
{
	env_range_start(at(first), at(last + 1), 0);
	env_range_end(at(first), at(last + 1));
}

static inline bool is_dirty(uint64_t gfn)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slot *slot = gmem_find_slot(gm, gfn);
	bool dirty = slot->dirty[0] >> (gfn - slot->base_gfn) & 1;

	gmem_read_unlock(gm, idx);
	return dirty;
}

#endif
