// SPDX-License-Identifier: GPL-2.0
/*
 * Dirty rings: what is pushed and where, what a reset takes back, and what a VMM may write
 * into an entry. KVM API 8.29.
 */
#include <stdlib.h>

#include <linux/kernel.h>

#include "gmem_env.h"

#define GFN	1005
#define NPAGES	200
#define SIZE	128
#define ROOM	(SIZE - GMEM_RING_RESERVE)

static struct kvm_dirty_gfn entry[2][SIZE];
static struct gmem_ring ring[2];
static struct gmem_ring *here;

static struct gmem_ring *ring_here(void *owner)
{
	assert_ptr_equal(owner, ring);
	return here;
}

static struct gmem_ring *ring_nth(void *owner, unsigned int i)
{
	assert_ptr_equal(owner, ring);
	return i < 2 ? &ring[i] : NULL;
}

static const struct gmem_ring_client client = { .here = ring_here, .nth = ring_nth };

static int setup_rings(void **state)
{
	unsigned int i;

	if (env_setup(state))
		return -1;
	memset(entry, 0, sizeof(entry));
	for (i = 0; i < 2; i++)
		gmem_ring_init(&ring[i], entry[i], SIZE);
	here = &ring[0];
	return gmem_rings_enable(gm, &client, ring);
}

static int setup(void **state)
{
	return setup_rings(state) ? -1 : env_region(3, GFN, NPAGES, ENV_HVA, KVM_MEM_LOG_DIRTY_PAGES);
}

static int setup_bitmap(void **state)
{
	if (setup_rings(state) || gmem_rings_use_bitmap(gm))
		return -1;
	return env_region(3, GFN, NPAGES, ENV_HVA, KVM_MEM_LOG_DIRTY_PAGES);
}

static void mark(uint64_t gfn)
{
	int idx = gmem_read_lock(gm);

	gmem_mark_dirty(gmem_find_slot(gm, gfn), gfn);
	gmem_read_unlock(gm, idx);
}

/* The VMM has seen entries [first, first + n) of ring @r. */
static void harvest(unsigned int r, unsigned int first, unsigned int n)
{
	for (; n--; first++) {
		assert_int_equal(entry[r][first % SIZE].flags, KVM_DIRTY_GFN_F_DIRTY);
		entry[r][first % SIZE].flags = KVM_DIRTY_GFN_F_RESET;
	}
}

static int get(unsigned long *map)
{
	struct kvm_dirty_log log = { .slot = 3, .dirty_bitmap = map };

	return gmem_get_dirty_log(gm, &log);
}

/* A write is an entry of the ring of the vCPU that runs here: slot, frame within it, dirty. The bitmap is not to be had. */
static void pushes_what_was_written(void **state)
{
	unsigned long map[4];

	mark(GFN + 5);
	here = &ring[1];
	mark(GFN + NPAGES - 1);
	assert_int_equal(entry[0][0].slot, 3);
	assert_int_equal(entry[0][0].offset, 5);
	assert_int_equal(entry[0][0].flags, KVM_DIRTY_GFN_F_DIRTY);
	assert_int_equal(entry[0][1].flags, 0);
	assert_int_equal(entry[1][0].offset, NPAGES - 1);
	assert_int_equal(get(map), -ENXIO);
}

/* A reset takes back what the VMM has marked, in order and no more, and protects it with one flush. */
static void reset_takes_what_was_seen(void **state)
{
	mark(GFN + 2);
	mark(GFN + 3);
	mark(GFN + 150);
	mark(GFN + 7);
	assert_int_equal(gmem_rings_reset(gm), 0);
	assert_int_equal(env_nr_events, 0);
	harvest(0, 0, 3);
	assert_int_equal(gmem_rings_reset(gm), 3);
	assert_int_equal(env_nr_events, 3);
	assert_int_equal(env_events[0].what, ENV_WRITE_PROTECT_MASKED);
	assert_int_equal(env_events[0].gfn, GFN + 2);
	assert_int_equal(env_events[0].mask, 3);
	assert_int_equal(env_events[1].gfn, GFN + 150);
	assert_int_equal(env_events[1].mask, 1);
	assert_int_equal(env_events[2].what, ENV_FLUSH);
	assert_int_equal(entry[0][0].flags, 0);
	assert_int_equal(entry[0][3].flags, KVM_DIRTY_GFN_F_DIRTY);
	assert_int_equal(gmem_rings_reset(gm), 0);
}

/* Where somebody writes past the caches each run is settled after the flush. */
static void reset_settles(void **state)
{
	env_owed = true;
	mark(GFN);
	mark(GFN + 100);
	harvest(0, 0, 2);
	assert_int_equal(gmem_rings_reset(gm), 2);
	assert_int_equal(env_nr_events, 5);
	assert_int_equal(env_events[2].what, ENV_FLUSH);
	assert_int_equal(env_events[3].what, ENV_SETTLE);
	assert_int_equal(env_events[3].gfn, GFN);
	assert_int_equal(env_events[4].gfn, GFN + 100);
}

/* Entries wrap around, as often as they like; the reserve says when the vCPU has to stop. */
static void wraps(void **state)
{
	unsigned int i, round;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < ROOM; i++) {
			assert_false(gmem_ring_is_full(&ring[0]));
			mark(GFN + i);
		}
		assert_true(gmem_ring_is_full(&ring[0]));
		harvest(0, round * ROOM, ROOM);
		assert_int_equal(gmem_rings_reset(gm), ROOM);
	}
}

/* What a VMM writes into an entry is checked: no slot, no frame of it; marked without having been pushed; never-ending marks. */
static void hostile_entries(void **state)
{
	static const struct { __u32 slot; __u64 offset; } bad[] = {
		{ 4, 0 }, { 3, NPAGES }, { 3, ~0ULL }, { 32767, 0 }, { ~0U, 0 }, { 1 << 16 | 3, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		mark(GFN);
		harvest(0, i, 1);
		entry[0][i].slot = bad[i].slot;
		entry[0][i].offset = bad[i].offset;
	}
	assert_int_equal(gmem_rings_reset(gm), ARRAY_SIZE(bad));
	for (i = 0; i < env_nr_events; i++)
		assert_int_not_equal(env_events[i].what, ENV_WRITE_PROTECT_MASKED);
	for (i = 0; i < SIZE; i++)
		entry[0][i].flags = entry[1][i].flags = KVM_DIRTY_GFN_F_RESET;
	assert_int_equal(gmem_rings_reset(gm), 0);
	mark(GFN);
	assert_int_equal(entry[0][ARRAY_SIZE(bad)].flags, KVM_DIRTY_GFN_F_DIRTY);
}

/* Its entries outlive a slot, and are taken back all the same. */
static void slot_is_gone(void **state)
{
	mark(GFN);
	harvest(0, 0, 1);
	assert_int_equal(env_region(3, GFN, 0, ENV_HVA, 0), 0);
	env_forget_events();
	assert_int_equal(gmem_rings_reset(gm), 1);
	assert_int_equal(env_nr_events, 0);
}

/* Without a vCPU it goes to any ring, short of its reserve; what has no room anywhere comes with a later reset. Nothing is lost. */
static void without_vcpu(void **state)
{
	unsigned int i, n = 0;

	here = NULL;
	for (i = 0; i < 2 * ROOM + 20; i++)
		mark(GFN + i);
	assert_int_equal(entry[0][ROOM - 1].offset, ROOM - 1);
	assert_int_equal(entry[0][ROOM].flags, 0);
	assert_int_equal(entry[1][0].offset, ROOM);
	assert_int_equal(entry[1][ROOM].flags, 0);
	harvest(0, 0, 5);
	assert_int_equal(gmem_rings_reset(gm), 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(entry[0][ROOM + i].offset, 2 * ROOM + i);
	assert_int_equal(entry[0][ROOM + 5].flags, 0);
	harvest(1, 0, ROOM);
	assert_int_equal(gmem_rings_reset(gm), ROOM);
	for (i = 0; i < SIZE; i++)
		n += entry[1][i].flags == KVM_DIRTY_GFN_F_DIRTY;
	assert_int_equal(n, 15);
}

/* What has been taken back is room again, however often it went round. */
static void room_again(void **state)
{
	unsigned int i;

	for (i = 0; i < 5 * SIZE; i++) {
		mark(GFN + i % 7);
		harvest(0, i, 1);
		assert_int_equal(gmem_rings_reset(gm), 1);
	}
	here = NULL;
	mark(GFN + 5);
	assert_int_equal(entry[0][5 * SIZE % SIZE].flags, KVM_DIRTY_GFN_F_DIRTY);
	assert_int_equal(entry[1][0].flags, 0);
}

/* A vCPU uses its reserve, then others' room. */
static void reserve_is_its_own(void **state)
{
	unsigned int i;

	for (i = 0; i < SIZE + 1; i++)
		mark(GFN + i);
	assert_int_equal(entry[0][SIZE - 1].offset, SIZE - 1);
	assert_int_equal(entry[1][0].offset, SIZE);
}

/* All at once: as much as there is room for, and the rest later. */
static void all_of_it(void **state)
{
	unsigned int n = 0, i, r, told[2] = { 0 };
	bool got[NPAGES] = { false };

	gmem_mark_all_dirty(gm);
	for (i = 0; i < 4; i++) {
		for (r = 0; r < 2; r++)
			while (entry[r][told[r] % SIZE].flags == KVM_DIRTY_GFN_F_DIRTY) {
				got[entry[r][told[r] % SIZE].offset] = true;
				harvest(r, told[r]++, 1);
			}
		gmem_rings_reset(gm);
	}
	for (i = 0; i < NPAGES; i++)
		n += got[i];
	assert_int_equal(n, NPAGES);
}

/* With a bitmap beside the rings, what is written without a vCPU is there and in no ring. */
static void bitmap_beside(void **state)
{
	unsigned long map[4];

	mark(GFN + 1);
	here = NULL;
	mark(GFN + 2);
	assert_int_equal(entry[0][0].offset, 1);
	assert_int_equal(entry[0][1].flags, 0);
	assert_int_equal(get(map), 0);
	assert_int_equal(map[0], 4);
}

/* Rings once, a bitmap beside them only before the first slot. */
static void enabling(void **state)
{
	assert_int_equal(gmem_rings_use_bitmap(gm), -EINVAL);
	assert_int_equal(gmem_rings_reset(gm), -EINVAL);
	assert_int_equal(gmem_rings_enable(gm, &client, ring), 0);
	assert_int_equal(gmem_rings_enable(gm, &client, ring), -EINVAL);
	assert_int_equal(env_region(0, 0, 1, ENV_HVA, 0), 0);
	assert_int_equal(gmem_rings_use_bitmap(gm), -EINVAL);
	assert_int_equal(env_region(0, 0, 0, ENV_HVA, 0), 0);
	assert_int_equal(gmem_rings_use_bitmap(gm), 0);
}

/* A log that is initially set is write-protected all the same: the rings hear of no other beginning. */
static void initially_set(void **state)
{
	assert_int_equal(gmem_set_dirty_manual(gm, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET), 0);
	assert_int_equal(env_region(5, 9000, 10, ENV_HVA, 0), 0);
	env_forget_events();
	assert_int_equal(env_region(5, 9000, 10, ENV_HVA, KVM_MEM_LOG_DIRTY_PAGES), 0);
	assert_int_equal(env_events[0].what, ENV_WRITE_PROTECT);
	assert_int_equal(env_events[0].gfn, 9000);
	assert_int_equal(gmem_rings_reset(gm), 0);
	assert_int_equal(entry[0][0].flags, 0);
}

/* No memory: nothing is done. */
static void reset_without_memory(void **state)
{
	mark(GFN);
	harvest(0, 0, 1);
	shim_fail_alloc(1);
	assert_int_equal(gmem_rings_reset(gm), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(entry[0][0].flags, KVM_DIRTY_GFN_F_RESET);
	assert_int_equal(gmem_rings_reset(gm), 1);
}

#define RINGS(f)	cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RINGS(pushes_what_was_written), RINGS(reset_takes_what_was_seen), RINGS(reset_settles), RINGS(wraps),
		RINGS(hostile_entries), RINGS(slot_is_gone), RINGS(without_vcpu), RINGS(room_again), RINGS(reserve_is_its_own),
		RINGS(all_of_it), RINGS(initially_set), RINGS(reset_without_memory),
		cmocka_unit_test_setup_teardown(bitmap_beside, setup_bitmap, env_teardown),
		cmocka_unit_test_setup_teardown(enabling, env_setup, env_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
