// SPDX-License-Identifier: GPL-2.0
/*
 * The client and the host around guest memory in unit tests.
 */
#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/host/page.h"

struct gmem *gm;
struct env_event env_events[ENV_EVENTS];
unsigned int env_nr_events;
void (*env_on_event)(const struct env_event *e);
uint64_t env_young_below;
int env_register_ret;
bool env_owed;
bool env_splits;
unsigned long env_bare_hva;
int env_bare_ret;

static bool env_registered;
static uint64_t env_seed;

static void env_note(struct env_event e)
{
	assert_true(env_nr_events < ENV_EVENTS);
	env_events[env_nr_events++] = e;
	if (env_on_event)
		env_on_event(&e);
}

static void env_unmap(struct gmem *g, u64 gfn, u64 n, bool may_sleep)
{
	assert_ptr_equal(g, gm);
	assert_true(n > 0);
	if (may_sleep)
		shim_may_sleep();
	env_note((struct env_event) {
		.what = ENV_UNMAP, .gfn = gfn, .n = n, .may_sleep = may_sleep,
	});
}

static void env_split(struct gmem *g, u64 gfn, u64 n)
{
	assert_ptr_equal(g, gm);
	assert_true(n > 0);
	shim_may_sleep();
	if (env_splits)
		env_note((struct env_event) { .what = ENV_SPLIT, .gfn = gfn, .n = n });
}

static void env_write_protect(struct gmem *g, u64 gfn, u64 n)
{
	assert_ptr_equal(g, gm);
	env_note((struct env_event) {
		.what = ENV_WRITE_PROTECT, .gfn = gfn, .n = n,
	});
}

static void env_write_protect_masked(struct gmem *g, u64 gfn, unsigned long mask)
{
	assert_ptr_equal(g, gm);
	assert_true(mask);
	env_note((struct env_event) {
		.what = ENV_WRITE_PROTECT_MASKED, .gfn = gfn, .mask = mask,
	});
}

static bool env_flush(struct gmem *g)
{
	assert_ptr_equal(g, gm);
	env_note((struct env_event) { .what = ENV_FLUSH });
	return env_owed;
}

static void env_settle(struct gmem *g, u64 gfn, unsigned long mask)
{
	assert_ptr_equal(g, gm);
	assert_true(mask);
	env_note((struct env_event) { .what = ENV_SETTLE, .gfn = gfn, .mask = mask });
}

static bool env_client_age(struct gmem *g, u64 gfn, u64 n, enum host_age how)
{
	assert_ptr_equal(g, gm);
	env_note((struct env_event) {
		.what = ENV_AGE, .gfn = gfn, .n = n, .how = how,
	});
	return gfn < env_young_below;
}

static void env_client_release(struct gmem *g)
{
	env_unmap(g, 0, g->max_gfn, true);
}

static const struct gmem_client env_client = {
	.unmap			= env_unmap,
	.release		= env_client_release,
	.split			= env_split,
	.write_protect		= env_write_protect,
	.write_protect_masked	= env_write_protect_masked,
	.flush			= env_flush,
	.settle			= env_settle,
	.age			= env_client_age,
};

int host_notifier_register(struct host_notifier *hn,
			   const struct host_notifier_ops *ops)
{
	assert_false(env_registered);
	if (env_register_ret)
		return env_register_ret;
	hn->ops = ops;
	env_registered = true;
	return 0;
}

void host_notifier_unregister(struct host_notifier *hn)
{
	assert_true(env_registered);
	env_registered = false;
	hn->ops->release(hn);
}

int host_range_has_bare(unsigned long start, unsigned long end)
{
	return env_bare_hva >= start && env_bare_hva < end ? env_bare_ret : 0;
}

int env_setup(void **state)
{
	(void)state;
	env_forget_events();
	env_on_event = NULL;
	env_young_below = 0;
	env_owed = false;
	env_register_ret = 0;
	env_bare_hva = 0;
	env_bare_ret = 1;
	env_seed = 0x9e3779b97f4a7c15ULL;
	shim_fail_alloc(0);
	shim_user_hole(0, 0);
	shim_on_sleep = NULL;
	shim_on_synchronize = NULL;
	gm = calloc(1, sizeof(*gm));
	return gmem_init(gm, &env_client, ENV_MAX_GFN);
}

/* Whatever a test did, nothing may be left of it. */
int env_teardown(void **state)
{
	(void)state;
	env_on_event = NULL;
	shim_check_quiet();
	env_forget_events();
	if (gm->mm)
		gmem_destroy(gm);
	free(gm);
	gm = NULL;
	shim_check_quiet();
	return shim_allocs() || shim_mm.count || env_registered;
}

void env_forget_events(void)
{
	env_nr_events = 0;
}

unsigned int env_count(enum env_what what)
{
	unsigned int i, n = 0;

	for (i = 0; i < env_nr_events; i++)
		n += env_events[i].what == what;
	return n;
}

int env_region(unsigned int id, uint64_t gfn, uint64_t npages, unsigned long hva,
	       unsigned int flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = id,
		.flags = flags,
		.guest_phys_addr = gfn * PAGE,
		.memory_size = npages * PAGE,
		.userspace_addr = hva,
	};

	return gmem_set_region(gm, &r);
}

unsigned long env_hva_of(uint64_t gfn)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slot *slot = gmem_find_slot(gm, gfn);
	unsigned long hva = slot ? gmem_slot_hva(slot, gfn) : 0;

	gmem_read_unlock(gm, idx);
	return hva;
}

uint64_t env_generation(void)
{
	int idx = gmem_read_lock(gm);
	uint64_t g = gmem_generation(gm);

	gmem_read_unlock(gm, idx);
	return g;
}

void env_range_start(unsigned long start, unsigned long end, unsigned int flags)
{
	bool atomic = !(flags & HOST_INVAL_MAY_SLEEP);

	if (atomic)
		shim_atomic_enter();
	gm->notifier.ops->range_start(&gm->notifier, start, end, flags);
	if (atomic)
		shim_atomic_leave();
}

/* Linux calls it where it cannot sleep. */
void env_range_end(unsigned long start, unsigned long end)
{
	shim_atomic_enter();
	gm->notifier.ops->range_end(&gm->notifier, start, end);
	shim_atomic_leave();
}

bool env_age(unsigned long start, unsigned long end, enum host_age how)
{
	bool young;

	shim_atomic_enter();
	young = gm->notifier.ops->age(&gm->notifier, start, end, how);
	shim_atomic_leave();
	return young;
}

void env_release(void)
{
	gm->notifier.ops->release(&gm->notifier);
}

uint64_t env_random(void)
{
	env_seed ^= env_seed << 13;
	env_seed ^= env_seed >> 7;
	env_seed ^= env_seed << 17;
	return env_seed;
}
