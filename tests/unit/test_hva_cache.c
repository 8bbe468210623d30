// SPDX-License-Identifier: GPL-2.0
/*
 * Kept ranges: bytes and values by user address, over slots, through changes of them.
 */
#include <stdlib.h>

#include "gmem_env.h"
#include "each_alloc.h"
#include "../../src/host/user.h"
#include "../../src/mem/hva_cache.h"

#define LOG	KVM_MEM_LOG_DIRTY_PAGES
#define RO	KVM_MEM_READONLY

/* Guest frames 100..131 by four slots of eight, whose user memory lies in another order. */
#define BASE	(100 * PAGE)
#define SLOTS	4
#define SIZE	(8 * PAGE)
#define RW_SIZE	(SLOTS * SIZE)

static const unsigned int place[SLOTS] = { 3, 0, 2, 1 };
static unsigned char *mem;
static unsigned int interfere;	/* how often somebody else writes first */

static unsigned char *ram(uint64_t off)
{
	return mem + place[off / SIZE] * SIZE + off % SIZE;
}

int host_user_load(unsigned long hva, unsigned int width, u64 *val)
{
	*val = 0;
	assert_int_equal(hva % width, 0);
	return shim_user_read(val, hva, width) ? -EFAULT : 0;
}

int host_user_store(unsigned long hva, unsigned int width, u64 val)
{
	assert_int_equal(hva % width, 0);
	return shim_user_write(hva, &val, width) ? -EFAULT : 0;
}

int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	u64 was, mask = width == 8 ? ~0ULL : (1ULL << 8 * width) - 1;
	int ret = host_user_load(hva, width, &was);

	if (ret)
		return ret;
	if (interfere) {
		interfere--;
		was++;
		host_user_store(hva, width, was);
		was &= mask;
	}
	if (was == (*old & mask))
		host_user_store(hva, width, new);
	*old = was;
	return 0;
}

static int setup(void **state)
{
	unsigned int i;

	if (env_setup(state))
		return -1;
	interfere = 0;
	mem = aligned_alloc(PAGE, RW_SIZE);
	memset(mem, 0x11, RW_SIZE);
	for (i = 0; i < SLOTS; i++)
		if (env_region(i, 100 + 8 * i, 8, (unsigned long)(mem + place[i] * SIZE), LOG))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	int ret = env_teardown(state);

	free(mem);
	return ret;
}

static bool is_dirty(uint64_t off)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slot *slot = gmem_find_slot(gm, (BASE + off) / PAGE);
	uint64_t n = (BASE + off) / PAGE - slot->base_gfn;
	bool dirty = slot->dirty[0] >> n & 1;

	gmem_read_unlock(gm, idx);
	return dirty;
}

/* Ranges over one, two and all slots are written and read where the slots say; pages become dirty. */
static void spans_slots(void **state)
{
	static const struct {
		uint64_t start, len;	/* of the range, from BASE */
		uint64_t off;
		size_t n;
	} t[] = {
		{ 0, 64, 0, 64 }, { 0, 64, 60, 4 }, { 5, 8, 0, 8 },
		{ PAGE - 3, 8, 0, 8 }, { SIZE - 3, 8, 0, 8 }, { SIZE - 3, 8, 5, 3 },
		{ 1, RW_SIZE - 1, 0, RW_SIZE - 1 }, { 0, RW_SIZE, SIZE - 1, 2 * SIZE },
		{ 0, RW_SIZE, RW_SIZE - 1, 1 }, { 0, RW_SIZE, RW_SIZE, 0 },
	};
	unsigned char *out = malloc(RW_SIZE), *in = malloc(RW_SIZE);
	struct hva_cache hc;
	uint64_t i, k;

	(void)state;
	for (k = 0; k < RW_SIZE; k++)
		out[k] = env_random();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t first = t[i].start + t[i].off;

		memset(mem, 0x11, RW_SIZE);
		for (k = 0; k < SLOTS; k++) {
			int idx = gmem_read_lock(gm);

			gmem_find_slot(gm, 100 + 8 * k)->dirty[0] = 0;
			gmem_read_unlock(gm, idx);
		}
		assert_int_equal(hva_cache_init(&hc, gm, BASE + t[i].start, t[i].len), 0);
		assert_int_equal(hva_cache_put(&hc, t[i].off, out, t[i].n), 0);
		for (k = 0; k < RW_SIZE; k++)
			if (*ram(k) != (k - first < t[i].n ? out[k - first] : 0x11))
				fail_msg("row %d byte %d", (int)i, (int)k);
		for (k = 0; k < RW_SIZE; k += PAGE)
			assert_int_equal(is_dirty(k), t[i].n && k + PAGE > first && k < first + t[i].n);
		assert_int_equal(hva_cache_get(&hc, t[i].off, in, t[i].n), 0);
		assert_memory_equal(in, out, t[i].n);
		hva_cache_exit(&hc);
	}
	free(out);
	free(in);
}

/* What does not lie in the range, or is not aligned, or has no slot, is refused and changes nothing. */
static void refuses(void **state)
{
	struct hva_cache hc;
	char buf[16] = { 0 };
	u64 v = 0;

	(void)state;
	assert_int_equal(hva_cache_init(&hc, gm, BASE, 0), -EINVAL);
	hva_cache_exit(&hc);
	assert_int_equal(hva_cache_init(&hc, gm, ~0ULL - 7, 16), -EINVAL);
	hva_cache_exit(&hc);
	assert_int_equal(hva_cache_init(&hc, gm, BASE + RW_SIZE - 8, 16), -EFAULT);
	assert_int_equal(hva_cache_get(&hc, 0, buf, 8), -EFAULT);
	hva_cache_exit(&hc);
	assert_int_equal(hva_cache_init(&hc, gm, BASE + 2, 16), 0);
	assert_int_equal(hva_cache_put(&hc, 9, buf, 8), -EINVAL);
	assert_int_equal(hva_cache_put(&hc, ~0ULL, buf, 2), -EINVAL);
	assert_int_equal(hva_cache_get(&hc, 17, buf, 0), -EINVAL);
	assert_int_equal(hva_cache_load(&hc, 0, 4, &v), -EINVAL);
	assert_int_equal(hva_cache_load(&hc, 2, 4, &v), 0);
	assert_int_equal(hva_cache_load(&hc, 2, 3, &v), -EINVAL);
	assert_int_equal(hva_cache_load(&hc, 2, 0, &v), -EINVAL);
	assert_int_equal(hva_cache_load(&hc, 2, 16, &v), -EINVAL);
	assert_int_equal(hva_cache_store(&hc, 14, 4, 0), -EINVAL);
	assert_int_equal(hva_cache_xchg(&hc, 14, 2, &v), 0);
	hva_cache_exit(&hc);
}

/* Values of each width are loaded, stored and exchanged alone. */
static void values(void **state)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	struct hva_cache hc;
	unsigned int i;
	u64 v, old, mask;

	(void)state;
	assert_int_equal(hva_cache_init(&hc, gm, BASE + SIZE - 16, 64), 0);
	for (i = 0; i < 4; i++) {
		unsigned int w = widths[i];

		mask = w == 8 ? ~0ULL : (1ULL << 8 * w) - 1;
		memset(mem, 0x11, RW_SIZE);
		assert_int_equal(hva_cache_load(&hc, 8, w, &v), 0);
		assert_int_equal(v, 0x1111111111111111ULL & mask);
		assert_int_equal(hva_cache_store(&hc, 16, w, 0x8877665544332211ULL), 0);
		assert_int_equal(hva_cache_load(&hc, 16, w, &v), 0);
		assert_int_equal(v, 0x8877665544332211ULL & mask);
		assert_int_equal(*ram(SIZE + w), 0x11);
		v = 0xaabbccddeeff0011ULL;
		assert_int_equal(hva_cache_xchg(&hc, 16, w, &v), 0);
		assert_int_equal(v, 0x8877665544332211ULL & mask);
		old = 5;
		assert_int_equal(hva_cache_cmpxchg(&hc, 16, w, &old, 7), 0);
		assert_int_equal(old, 0xaabbccddeeff0011ULL & mask);
		assert_int_equal(hva_cache_cmpxchg(&hc, 16, w, &old, 7), 0);
		assert_int_equal(old, 0xaabbccddeeff0011ULL & mask);
		assert_int_equal(hva_cache_load(&hc, 16, w, &v), 0);
		assert_int_equal(v, 7);
		assert_int_equal(*ram(SIZE + w), 0x11);
	}
	assert_true(is_dirty(SIZE));
	assert_false(is_dirty(SIZE - 1));
	hva_cache_exit(&hc);
}

/* An exchange against others that write gives back each value once, or says that it cannot. */
static void exchange_in_a_crowd(void **state)
{
	struct hva_cache hc;
	u64 v = 100;

	(void)state;
	assert_int_equal(hva_cache_init(&hc, gm, BASE, 8), 0);
	assert_int_equal(hva_cache_store(&hc, 0, 8, 1), 0);
	interfere = 10;
	assert_int_equal(hva_cache_xchg(&hc, 0, 8, &v), 0);
	assert_int_equal(v, 11);
	assert_int_equal(*(u64 *)ram(0), 100);
	interfere = ~0U;
	assert_int_equal(hva_cache_xchg(&hc, 0, 8, &v), -EAGAIN);
	hva_cache_exit(&hc);
}

/* After a change of slots the range is where they say now. */
static void follows_slots(void **state)
{
	struct hva_cache hc;
	u64 v;

	(void)state;
	assert_int_equal(hva_cache_init(&hc, gm, BASE + 8, 8), 0);
	*(u64 *)(mem + 3 * SIZE + 8) = 33;
	*(u64 *)(mem + 8) = 44;
	assert_int_equal(hva_cache_load(&hc, 0, 8, &v), 0);
	assert_int_equal(v, 33);
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_int_equal(hva_cache_load(&hc, 0, 8, &v), -EFAULT);
	assert_int_equal(hva_cache_store(&hc, 0, 8, 1), -EFAULT);
	assert_int_equal(env_region(7, 100, 8, (unsigned long)mem, 0), 0);
	assert_int_equal(hva_cache_load(&hc, 0, 8, &v), 0);
	assert_int_equal(v, 44);
	/* Without a log nothing is marked. */
	assert_int_equal(hva_cache_store(&hc, 0, 8, 1), 0);
	hva_cache_exit(&hc);
}

/* A read-only slot is read and not written, in one piece and in the middle of a range. */
static void read_only(void **state)
{
	struct hva_cache hc;
	char buf[16] = { 0 };
	u64 v = 1;

	(void)state;
	assert_int_equal(env_region(1, 108, 0, 0, 0), 0);
	assert_int_equal(env_region(1, 108, 8, (unsigned long)mem, RO), 0);
	assert_int_equal(hva_cache_init(&hc, gm, BASE + SIZE - 8, 16), 0);
	assert_int_equal(hva_cache_get(&hc, 0, buf, 16), 0);
	assert_int_equal(hva_cache_put(&hc, 0, buf, 8), 0);
	assert_int_equal(hva_cache_put(&hc, 0, buf, 9), -EFAULT);
	assert_int_equal(hva_cache_store(&hc, 8, 8, 1), -EFAULT);
	assert_int_equal(hva_cache_xchg(&hc, 8, 8, &v), -EFAULT);
	assert_int_equal(*(mem), 0x11);
	hva_cache_exit(&hc);
}

/* An address is given to be kept where a write is neither refused nor logged, and all is in one slot. */
static void plain(void **state)
{
	struct hva_cache hc;

	(void)state;
	assert_int_equal(hva_cache_init(&hc, gm, BASE + SIZE - 16, 32), 0);
	/* slots 0 and 1: one behind the other for the guest alone */
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_int_equal(env_region(0, 100, 8, (unsigned long)mem + 3 * SIZE, 0), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 16), (unsigned long)mem + 4 * SIZE - 16);
	assert_int_equal(hva_cache_plain(&hc, 8, 8), (unsigned long)mem + 4 * SIZE - 8);
	assert_int_equal(hva_cache_plain(&hc, 8, 9), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 0), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 33), 0);
	assert_int_equal(env_region(0, 100, 8, (unsigned long)mem + 3 * SIZE, LOG), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 16), 0);
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 16), 0);
	assert_int_equal(env_region(0, 100, 8, (unsigned long)mem + 3 * SIZE, RO), 0);
	assert_int_equal(hva_cache_plain(&hc, 0, 16), 0);
	hva_cache_exit(&hc);
}

/* Memory that is not there is an error; the frame where a write broke off is dirty. */
static void hole(void **state)
{
	struct hva_cache hc;
	char buf[2 * PAGE];
	u64 v = 0;

	(void)state;
	memset(buf, 0, sizeof(buf));
	assert_int_equal(hva_cache_init(&hc, gm, BASE, 2 * PAGE), 0);
	shim_user_hole((unsigned long)ram(PAGE), 64);
	assert_int_equal(hva_cache_put(&hc, 0, buf, 2 * PAGE), -EFAULT);
	assert_true(is_dirty(0));
	assert_true(is_dirty(PAGE));
	assert_false(is_dirty(2 * PAGE));
	assert_int_equal(hva_cache_get(&hc, 0, buf, 2 * PAGE), -EFAULT);
	assert_int_equal(hva_cache_cmpxchg(&hc, PAGE, 8, &v, 1), -EFAULT);
	assert_int_equal(hva_cache_get(&hc, PAGE + 64, buf, 64), 0);
	hva_cache_exit(&hc);
}

/* A range over many slots asks for memory once, and does without an answer when there is none. */
static void no_memory(void **state)
{
	struct hva_cache hc;
	unsigned char c;

	(void)state;
	assert_int_equal(each_alloc(hva_cache_init(&hc, gm, BASE, RW_SIZE), -ENOMEM), 1);
	hva_cache_exit(&hc);
	shim_fail_alloc(1);
	assert_int_equal(hva_cache_init(&hc, gm, BASE, RW_SIZE), -ENOMEM);
	shim_fail_alloc(1);
	assert_int_equal(hva_cache_get(&hc, 0, &c, 1), -ENOMEM);
	shim_fail_alloc(0);
	*ram(RW_SIZE - 1) = 9;
	assert_int_equal(hva_cache_get(&hc, RW_SIZE - 1, &c, 1), 0);
	assert_int_equal(c, 9);
	shim_fail_alloc(1);
	assert_int_equal(hva_cache_get(&hc, 0, &c, 1), 0);
	shim_fail_alloc(0);
	hva_cache_exit(&hc);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(spans_slots),
		T(refuses),
		T(values),
		T(exchange_in_a_crowd),
		T(follows_slots),
		T(read_only),
		T(plain),
		T(hole),
		T(no_memory),
	};

	return cmocka_run_group_tests_name("hva_cache", tests, NULL, NULL);
}
