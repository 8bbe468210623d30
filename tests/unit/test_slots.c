// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: what the VMM may and may not ask, who finds what when, and that nothing
 * is left behind.
 */
#include "gmem_env.h"
#include "each_alloc.h"

#define LOG	KVM_MEM_LOG_DIRTY_PAGES
#define RO	KVM_MEM_READONLY

/* A region that cannot be is refused with -EINVAL, and nothing has changed. */
static void refuses_bad_regions(void **state)
{
	const struct kvm_userspace_memory_region bad[] = {
		/* slot, flags, guest address, size, user address */
		{ GMEM_MAX_SLOTS, 0, 0, PAGE, ENV_HVA },
		{ 0xffff, 0, 0, PAGE, ENV_HVA },
		{ 1U << 16, 0, 0, PAGE, ENV_HVA },
		{ ~0U, 0, 0, PAGE, ENV_HVA },
		{ 0, 1U << 2, 0, PAGE, ENV_HVA },
		{ 0, LOG | 1U << 31, 0, PAGE, ENV_HVA },
		{ 0, 0, 1, PAGE, ENV_HVA },
		{ 0, 0, PAGE - 1, PAGE, ENV_HVA },
		{ 0, 0, 0, 1, ENV_HVA },
		{ 0, 0, 0, PAGE + 512, ENV_HVA },
		{ 0, 0, 0, PAGE, ENV_HVA + 8 },
		{ 0, 0, -PAGE, PAGE, ENV_HVA },
		{ 0, 0, -PAGE, 2 * PAGE, ENV_HVA },
		{ 0, 0, 1ULL << 63, 1ULL << 63, ENV_HVA },
		{ 0, 0, 0, -PAGE, ENV_HVA },
		{ 0, 0, 0, PAGE, 1UL << 47 },
		{ 0, 0, 0, 2 * PAGE, (1UL << 47) - PAGE },
		{ 0, 0, 0, PAGE, -PAGE },
		{ 0, 0, 0, 2 * PAGE, -PAGE },
		{ 0, 0, 0, PAGE, ENV_HVA | 0xb4UL << 56 },
		/* delete of what is not there */
		{ 0, 0, 0, 0, ENV_HVA },
		{ 8, 0, PAGE, 0, ENV_HVA },
	};
	uint64_t before = env_generation();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (gmem_set_region(gm, &bad[i]) != -EINVAL)
			fail_msg("row %zu is not refused", i);
	assert_int_equal(env_generation(), before);
	assert_int_equal(env_nr_events, 0);
}

/* A region that no guest can reach is refused with -EFAULT, as are moves there; a delete need only name its slot. */
static void refuses_what_is_beyond(void **state)
{
	const uint64_t top = ENV_MAX_GFN * PAGE;
	const struct kvm_userspace_memory_region beyond[] = {
		{ 0, 0, top, PAGE, ENV_HVA },
		{ 0, 0, top - PAGE, 2 * PAGE, ENV_HVA },
		{ 0, 0, 0, top + PAGE, ENV_HVA },
		{ 0, 0, -2 * PAGE, PAGE, ENV_HVA },
		{ 0, 0, 1ULL << 62, PAGE, ENV_HVA },
	};
	uint64_t before = env_generation();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		if (gmem_set_region(gm, &beyond[i]) != -EFAULT)
			fail_msg("row %zu is not refused", i);
	assert_int_equal(env_generation(), before);
	assert_int_equal(env_region(0, 5, 2, ENV_HVA, 0), 0);
	assert_int_equal(env_region(0, ENV_MAX_GFN - 1, 2, ENV_HVA, 0), -EFAULT);
	assert_true(env_hva_of(5));
	assert_int_equal(env_region(0, ENV_MAX_GFN + 7, 0, ENV_HVA, 0), 0);
	assert_false(env_hva_of(5));
}

/* Where a driver maps bare frames there is no dirty log: not from the start, not later, not by a move. */
static void no_log_of_bare_frames(void **state)
{
	(void)state;
	env_bare_hva = ENV_HVA + 3 * PAGE;
	assert_int_equal(env_region(0, 0, 4, ENV_HVA, LOG), -EINVAL);
	assert_int_equal(env_region(0, 0, 3, ENV_HVA, LOG), 0);
	assert_int_equal(env_region(1, 100, 4, ENV_HVA, 0), 0);
	assert_int_equal(env_region(1, 100, 4, ENV_HVA, LOG), -EINVAL);
	assert_int_equal(env_region(1, 200, 4, ENV_HVA, LOG), -EINVAL);
	assert_true(env_hva_of(100) && !env_hva_of(200));
	assert_int_equal(env_region(1, 200, 4, ENV_HVA, 0), 0);
	env_bare_ret = -EINTR;
	assert_int_equal(env_region(1, 200, 4, ENV_HVA, LOG), -EINTR);
	assert_int_equal(env_region(1, 200, 0, ENV_HVA, LOG), 0);
}

/* A slot may fill the address space to its very last page, and user space to its. */
static void takes_the_last_page(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, ENV_MAX_GFN - 1, 1, (1UL << 47) - PAGE, 0), 0);
	assert_int_equal(env_hva_of(ENV_MAX_GFN - 1), (1UL << 47) - PAGE);
	assert_int_equal(env_hva_of(ENV_MAX_GFN), 0);
	assert_int_equal(env_hva_of(~0ULL), 0);
	assert_int_equal(env_region(1, 0, ENV_MAX_GFN - 1, ENV_HVA, 0), 0);
	assert_int_equal(env_hva_of(0), ENV_HVA);
}

/* Slots may touch but not share a frame: -EEXIST, whichever way they would. */
static void refuses_overlap(void **state)
{
	static const struct {
		uint64_t gfn, n;
		int want;
	} t[] = {
		{ 99, 2, -EEXIST },	/* over its start */
		{ 109, 2, -EEXIST },	/* over its end */
		{ 100, 10, -EEXIST },	/* the same */
		{ 103, 2, -EEXIST },	/* inside */
		{ 90, 40, -EEXIST },	/* around */
		{ 109, 1, -EEXIST },	/* its last frame */
		{ 100, 1, -EEXIST },	/* its first */
		{ 98, 2, 0 },		/* ends where it begins */
		{ 110, 5, 0 },		/* begins where it ends */
		{ 96, 3, -EEXIST },	/* the one made two rows above */
	};
	unsigned int id = 1;
	size_t i;

	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t before = env_generation();
		int ret = env_region(id, t[i].gfn, t[i].n, ENV_HVA, 0);

		if (ret != t[i].want)
			fail_msg("row %zu gives %d", i, ret);
		assert_int_equal(env_generation(), before + !ret);
		id += !ret;
	}
}

/* A move onto another slot is refused; one onto the place it has itself is not. */
static void move_minds_others_only(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	assert_int_equal(env_region(1, 200, 10, ENV_HVA + 10 * PAGE, 0), 0);
	assert_int_equal(env_region(0, 195, 10, ENV_HVA, 0), -EEXIST);
	assert_int_equal(env_hva_of(100), ENV_HVA);
	assert_int_equal(env_region(0, 105, 10, ENV_HVA, 0), 0);
	assert_int_equal(env_hva_of(104), 0);
	assert_int_equal(env_hva_of(105), ENV_HVA);
	assert_int_equal(env_hva_of(114), ENV_HVA + 9 * PAGE);
}

/* Every frame of every slot is found, no frame beside one is, whatever was found last. */
static void finds_at_borders(void **state)
{
	static const struct {
		uint64_t gfn, n;
	} s[] = { { 300, 7 }, { 0, 1 }, { 310, 1 }, { 2, 64 }, { 307, 3 } };
	static const uint64_t probe[] = {
		0, 1, 2, 3, 64, 65, 66, 67, 298, 299, 300, 301, 306, 307, 308,
		309, 310, 311, 312, ENV_MAX_GFN - 1, ENV_MAX_GFN, ~0ULL,
	};
	const size_t np = sizeof(probe) / sizeof(probe[0]);
	size_t i, j, k;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_int_equal(env_region(i, s[i].gfn, s[i].n, ENV_HVA + (i << 32), 0), 0);
	/* Each probe right after each other one: the hint is in every state. */
	for (i = 0; i < np; i++) {
		for (j = 0; j < np; j++) {
			unsigned long want = 0;

			env_hva_of(probe[i]);
			for (k = 0; k < 5; k++)
				if (probe[j] >= s[k].gfn && probe[j] < s[k].gfn + s[k].n)
					want = ENV_HVA + (k << 32) +
					       (probe[j] - s[k].gfn) * PAGE;
			assert_int_equal(env_hva_of(probe[j]), want);
		}
	}
}

/* Slots of numbers up to the last, in whatever order they came, are found by frame and go by number. */
static void holds_many_slots(void **state)
{
	const unsigned int n = 6553, stride = 1009, last = GMEM_MAX_SLOTS - 1;
	unsigned int i;

	(void)state;
	/* 1009 is prime and no divisor of n: each once */
	for (i = 0; i < n; i++) {
		unsigned int k = i * stride % n;

		assert_int_equal(env_region(last - k * 5, k * 3 + 1, 2, ENV_HVA + k * 2 * PAGE, 0), 0);
	}
	for (i = 0; i < n; i++) {
		assert_int_equal(env_hva_of(i * 3), 0);
		assert_int_equal(env_hva_of(i * 3 + 1), ENV_HVA + i * 2 * PAGE);
		assert_int_equal(env_hva_of(i * 3 + 2), ENV_HVA + (i * 2 + 1) * PAGE);
	}
	for (i = 0; i < n; i += 3) {
		assert_int_equal(env_region(last - i * 5, 0, 0, ENV_HVA, 0), 0);
		env_nr_events = 0;
	}
	for (i = 0; i < n; i++)
		assert_int_equal(env_hva_of(i * 3 + 1), i % 3 ? ENV_HVA + i * 2 * PAGE : 0);
	assert_int_equal(env_region(last + 1, 0, 1, ENV_HVA, 0), -EINVAL);
}

#define CROWD		24
#define CROWD_FRAMES	96

/* A slot is taken or moved just where it meets no other one, and is then where it was put. */
static void meets_no_other(void **state)
{
	struct { uint64_t gfn, n; } at[CROWD] = { 0 };
	unsigned int turn, id, k;
	uint32_t dice = 1;

	(void)state;
	for (turn = 0; turn < 20000; turn++) {
		uint64_t gfn, n;
		bool free = true;

		dice = dice * 1664525 + 1013904223;
		id = (dice >> 8) % CROWD;
		gfn = (dice >> 13) % CROWD_FRAMES;
		n = at[id].n ? at[id].n : 1 + (dice >> 21) % 6;
		if (at[id].n && !(dice >> 29)) {
			assert_int_equal(env_region(id, 0, 0, 0, 0), 0);
			at[id].n = 0;
			continue;
		}
		for (k = 0; k < CROWD; k++)
			free &= k == id || !at[k].n || gfn + n <= at[k].gfn || at[k].gfn + at[k].n <= gfn;
		assert_int_equal(env_region(id, gfn, n, ENV_HVA + id * 0x100 * PAGE, 0), free ? 0 : -EEXIST);
		if (!free)
			continue;
		at[id].gfn = gfn;
		at[id].n = n;
		assert_int_equal(env_hva_of(gfn + n - 1), ENV_HVA + (id * 0x100 + n - 1) * PAGE);
		env_nr_events = 0;
	}
}

/* An existing slot keeps its size, its user address and KVM_MEM_READONLY. */
static void refuses_other_changes(void **state)
{
	uint64_t before;

	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	assert_int_equal(env_region(1, 200, 10, ENV_HVA, RO), 0);
	before = env_generation();
	assert_int_equal(env_region(0, 100, 11, ENV_HVA, 0), -EINVAL);
	assert_int_equal(env_region(0, 100, 9, ENV_HVA, 0), -EINVAL);
	assert_int_equal(env_region(0, 100, 10, ENV_HVA + PAGE, 0), -EINVAL);
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, RO), -EINVAL);
	assert_int_equal(env_region(1, 200, 10, ENV_HVA, 0), -EINVAL);
	assert_int_equal(env_region(1, 300, 10, ENV_HVA, 0), -EINVAL);
	assert_int_equal(env_generation(), before);
	assert_int_equal(env_nr_events, 0);
}

/* What changes nothing is a success and no change. */
static void same_again_is_nothing(void **state)
{
	uint64_t before;

	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	before = env_generation();
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	assert_int_equal(env_generation(), before);
	assert_int_equal(env_nr_events, 0);
}

static void slot_is_absent(const struct env_event *e)
{
	assert_int_equal(e->what, ENV_UNMAP);
	assert_true(e->may_sleep);
	assert_int_equal(env_hva_of(e->gfn), 0);
	assert_int_equal(gm->srcu.shim.syncs, 2);
}

/* A deleted slot is unmapped once, after it cannot be found and its readers have gone. */
static void delete_unmaps_last(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	assert_int_equal(env_nr_events, 0);
	env_on_event = slot_is_absent;
	assert_int_equal(env_region(0, 0, 0, ENV_HVA, 0), 0);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 100);
	assert_int_equal(env_events[0].n, 10);
	assert_int_equal(env_region(0, 0, 0, ENV_HVA, 0), -EINVAL);
	env_on_event = NULL;
	assert_int_equal(env_region(0, 105, 10, ENV_HVA, 0), 0);
}

/* A moved slot is unmapped at its old place while it is nowhere; its dirty log goes along. */
static void move_unmaps_between(void **state)
{
	unsigned long *dirty;
	uint64_t before;
	int idx;

	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	idx = gmem_read_lock(gm);
	dirty = gmem_find_slot(gm, 100)->dirty;
	gmem_read_unlock(gm, idx);
	before = env_generation();
	env_on_event = slot_is_absent;
	assert_int_equal(env_region(0, 500, 10, ENV_HVA, LOG), 0);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 100);
	assert_int_equal(env_events[0].n, 10);
	assert_int_equal(env_hva_of(100), 0);
	assert_int_equal(env_hva_of(509), ENV_HVA + 9 * PAGE);
	assert_int_equal(env_generation(), before + 2);
	idx = gmem_read_lock(gm);
	assert_ptr_equal(gmem_find_slot(gm, 500)->dirty, dirty);
	gmem_read_unlock(gm, idx);
	env_on_event = NULL;
	/* On the move the log may end, too. */
	assert_int_equal(env_region(0, 600, 10, ENV_HVA, 0), 0);
	idx = gmem_read_lock(gm);
	assert_null(gmem_find_slot(gm, 600)->dirty);
	gmem_read_unlock(gm, idx);
	/* Or begin. */
	assert_int_equal(env_region(0, 700, 10, ENV_HVA, LOG), 0);
}

static unsigned int seen_gone;

static void host_takes_it_now(void)
{
	unsigned int before = env_nr_events;

	shim_on_synchronize = NULL;
	assert_int_equal(env_hva_of(100), 0);
	env_range_start(ENV_HVA + 2 * PAGE, ENV_HVA + 4 * PAGE, 0);
	env_range_end(ENV_HVA + 2 * PAGE, ENV_HVA + 4 * PAGE);
	assert_int_equal(env_nr_events, before + 1);
	assert_int_equal(env_events[before].what, ENV_UNMAP);
	assert_int_equal(env_events[before].gfn, 102);
	assert_int_equal(env_events[before].n, 2);
	seen_gone++;
}

/* Between a slot's last finding and its unmap, the host taking its memory still unmaps it. */
static void going_slot_hears_the_host(void **state)
{
	(void)state;
	seen_gone = 0;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	shim_on_synchronize = host_takes_it_now;
	assert_int_equal(env_region(0, 500, 10, ENV_HVA, 0), 0);
	assert_int_equal(seen_gone, 1);
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	shim_on_synchronize = host_takes_it_now;
	assert_int_equal(env_region(0, 100, 0, ENV_HVA, 0), 0);
	assert_int_equal(seen_gone, 2);
}

static void log_is_on(const struct env_event *e)
{
	int idx = gmem_read_lock(gm);

	assert_int_equal(e->what, ENV_WRITE_PROTECT);
	assert_non_null(gmem_find_slot(gm, 100)->dirty);
	gmem_read_unlock(gm, idx);
	assert_int_equal(gm->srcu.shim.syncs, 2);
}

/* Switching the log on write-protects the slot once nobody maps pages without it any more. */
static void log_on_write_protects(void **state)
{
	int idx;

	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	env_on_event = log_is_on;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 100);
	assert_int_equal(env_events[0].n, 10);
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, 0), 0);
	assert_int_equal(env_nr_events, 1);
	idx = gmem_read_lock(gm);
	assert_null(gmem_find_slot(gm, 100)->dirty);
	assert_int_equal(gmem_find_slot(gm, 100)->flags, 0);
	gmem_read_unlock(gm, idx);
}

/* With KVM_DIRTY_LOG_INITIALLY_SET a new log says all is dirty, and protects nothing yet. */
static void log_on_initially_set(void **state)
{
	unsigned int i;
	int idx;

	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
					       KVM_DIRTY_LOG_INITIALLY_SET), 0);
	assert_int_equal(env_region(0, 100, 70, ENV_HVA, 0), 0);
	shim_fail_alloc(1);
	assert_int_equal(env_region(0, 100, 70, ENV_HVA, LOG), -ENOMEM);
	for (i = 2; i < 5; i++) {
		shim_fail_alloc(i);
		if (!env_region(0, 100, 70, ENV_HVA, LOG))
			break;
	}
	shim_fail_alloc(0);
	assert_int_equal(env_nr_events, 0);
	idx = gmem_read_lock(gm);
	assert_int_equal(gmem_find_slot(gm, 100)->dirty[0], ~0UL);
	assert_int_equal(gmem_find_slot(gm, 100)->dirty[1], 0x3f);
	gmem_read_unlock(gm, idx);
}

/* With KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE alone a new log says that nothing is. */
static void log_on_manual(void **state)
{
	int idx;

	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE), 0);
	assert_int_equal(env_region(0, 100, 70, ENV_HVA, 0), 0);
	assert_int_equal(env_region(0, 100, 70, ENV_HVA, LOG), 0);
	idx = gmem_read_lock(gm);
	assert_int_equal(gmem_find_slot(gm, 100)->dirty[0] | gmem_find_slot(gm, 100)->dirty[1], 0);
	gmem_read_unlock(gm, idx);
}

/* The generation grows by every change and by nothing else. */
static void generation_counts_changes(void **state)
{
	uint64_t g = env_generation();

	(void)state;
	assert_true(g > 0);
	env_region(0, 100, 10, ENV_HVA, 0);
	assert_int_equal(env_generation(), ++g);
	env_region(1, 100, 10, ENV_HVA, 0);
	assert_int_equal(env_generation(), g);
	env_region(0, 100, 10, ENV_HVA, LOG);
	assert_int_equal(env_generation(), ++g);
	env_region(0, 100, 0, ENV_HVA, 0);
	assert_int_equal(env_generation(), ++g);
	env_range_start(0, -PAGE, 0);
	env_range_end(0, -PAGE);
	assert_int_equal(env_generation(), g);
}

/* A change that fails changes nothing, and nobody is told. */
static int region_or_nothing(uint64_t gfn, uint64_t n, unsigned int flags)
{
	uint64_t g = env_generation();
	int ret;

	env_forget_events();
	ret = env_region(0, gfn, n, ENV_HVA, flags);
	if (ret) {
		assert_int_equal(env_generation(), g);
		assert_int_equal(env_nr_events, 0);
	}
	return ret;
}

/* Without memory each request fails whole: -ENOMEM, nothing changed, nothing leaked. */
static void survives_no_memory(void **state)
{
	static const struct {
		uint64_t gfn, n;
		unsigned int flags;
		unsigned int allocs;	/* how many it makes */
	} op[] = {
		{ 100, 10, LOG, 2 },	/* create */
		{ 100, 10, 0, 1 },	/* log off */
		{ 100, 10, LOG, 2 },	/* log on */
		{ 500, 10, LOG, 1 },	/* move */
		{ 600, 10, 0, 1 },	/* move, log off */
		{ 700, 10, LOG, 2 },	/* move, log on */
		{ 700, 0, 0, 0 },	/* delete */
	};
	uint64_t g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(op) / sizeof(op[0]); i++) {
		g = env_generation();
		assert_int_equal(each_alloc(region_or_nothing(op[i].gfn, op[i].n, op[i].flags), -ENOMEM),
				 op[i].allocs);
		assert_true(env_generation() > g);
	}
}

/* Slots that grow beyond the room there is: all are found, whatever their order; without memory nothing has changed. */
static void room_for_more(void **state)
{
	const unsigned int many = 70;
	unsigned int i, j, at;
	uint64_t g;
	int fails;

	(void)state;
	for (i = 0; i < many; i++) {
		at = i * 37 % many;
		g = env_generation();
		fails = each_alloc(env_region(at, (many - at) * 100, 10, ENV_HVA + at * 0x10000, 0), -ENOMEM);
		/* the slot; and two sets and a list where there is no room */
		assert_int_equal(fails, i == 16 || i == 32 || i == 64 ? 4 : 1);
		assert_int_equal(env_generation(), g + 1);
		for (j = 0; j < many; j++)
			assert_int_equal(!!env_hva_of((many - j * 37 % many) * 100), j <= i);
	}
	for (i = 0; i < many; i++) {
		at = i * 11 % many;
		assert_int_equal(env_hva_of((many - at) * 100 + 9), ENV_HVA + at * 0x10000 + 9 * 4096);
		assert_int_equal(env_region(at, 0, 0, 0, 0), 0);
		assert_int_equal(env_hva_of((many - at) * 100), 0);
	}
}

/* A VM that cannot be made leaves nothing behind. */
static void init_fails_clean(void **state)
{
	const struct gmem_client *client = gm->client;
	unsigned int allocs;

	(void)state;
	gmem_destroy(gm);
	memset(gm, 0, sizeof(*gm));
	allocs = shim_allocs();
	assert_int_equal(each_alloc(gmem_init(gm, client, ENV_MAX_GFN), -ENOMEM), 3);
	gmem_destroy(gm);
	memset(gm, 0, sizeof(*gm));
	env_register_ret = -EINTR;
	assert_int_equal(gmem_init(gm, client, ENV_MAX_GFN), -EINTR);
	assert_int_equal(shim_allocs(), allocs);
	assert_int_equal(shim_mm.count, 0);
	shim_current()->mm = NULL;
	assert_int_equal(gmem_init(gm, client, ENV_MAX_GFN), -EINVAL);
	shim_current()->mm = &shim_mm;
	assert_int_equal(shim_allocs(), allocs);
	memset(gm, 0, sizeof(*gm));
}

/* Destroying a VM unmaps everything, and frees the logs of slots still there. */
static void destroy_unmaps_all(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 100, 10, ENV_HVA, LOG), 0);
	assert_int_equal(env_region(1, 200, 10, ENV_HVA, LOG | RO), 0);
	gmem_destroy(gm);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].what, ENV_UNMAP);
	assert_int_equal(env_events[0].gfn, 0);
	assert_int_equal(env_events[0].n, ENV_MAX_GFN);
	gm->mm = NULL;
}

struct model_slot {
	uint64_t gfn, n;
	unsigned long hva;
	unsigned int flags;
};

#define MODEL_SLOTS	6
#define MODEL_GFNS	48

static bool model_overlaps(const struct model_slot *m, unsigned int id, uint64_t gfn,
			   uint64_t n)
{
	unsigned int i;

	for (i = 0; i < MODEL_SLOTS; i++)
		if (i != id && m[i].n && gfn < m[i].gfn + m[i].n && m[i].gfn < gfn + n)
			return true;
	return false;
}

static int model_region(struct model_slot *m, unsigned int id, struct model_slot r)
{
	if (!r.n) {
		if (!m[id].n)
			return -EINVAL;
		m[id].n = 0;
		return 0;
	}
	if (m[id].n && (m[id].n != r.n || m[id].hva != r.hva ||
			(m[id].flags ^ r.flags) & RO))
		return -EINVAL;
	if (model_overlaps(m, id, r.gfn, r.n))
		return -EEXIST;
	m[id] = r;
	return 0;
}

/* Thousands of random requests do what six lines of obvious code say they do. */
static void agrees_with_simple_model(void **state)
{
	struct model_slot m[MODEL_SLOTS] = { 0 };
	unsigned int i, k;
	uint64_t gfn;

	(void)state;
	for (i = 0; i < 20000; i++) {
		unsigned int id = env_random() % MODEL_SLOTS;
		struct model_slot r = {
			.gfn = env_random() % MODEL_GFNS,
			.n = env_random() % 8,
			.hva = ENV_HVA + (env_random() % 4 << 24),
			.flags = env_random() & (LOG | RO),
		};

		/* Half the time a change of what is there rather than anything. */
		if (m[id].n && env_random() % 2) {
			r.n = m[id].n;
			r.hva = m[id].hva;
			r.flags = (r.flags & LOG) | (m[id].flags & RO);
		}
		assert_int_equal(env_region(id, r.gfn, r.n, r.hva, r.flags),
				 model_region(m, id, r));
		for (gfn = 0; gfn < MODEL_GFNS + 8; gfn++) {
			unsigned long want = 0;

			for (k = 0; k < MODEL_SLOTS; k++)
				if (gfn >= m[k].gfn && gfn < m[k].gfn + m[k].n)
					want = m[k].hva + (gfn - m[k].gfn) * PAGE;
			assert_int_equal(env_hva_of(gfn), want);
		}
		env_forget_events();
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_bad_regions),
		TEST(refuses_what_is_beyond),
		TEST(no_log_of_bare_frames),
		TEST(takes_the_last_page),
		TEST(refuses_overlap),
		TEST(move_minds_others_only),
		TEST(finds_at_borders),
		TEST(meets_no_other),
		TEST(holds_many_slots),
		TEST(refuses_other_changes),
		TEST(same_again_is_nothing),
		TEST(delete_unmaps_last),
		TEST(move_unmaps_between),
		TEST(going_slot_hears_the_host),
		TEST(log_on_write_protects),
		TEST(log_on_initially_set),
		TEST(log_on_manual),
		TEST(generation_counts_changes),
		TEST(survives_no_memory),
		TEST(room_for_more),
		TEST(init_fails_clean),
		TEST(destroy_unmaps_all),
		TEST(agrees_with_simple_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
