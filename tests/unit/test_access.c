// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes to and from guest memory: over slots, up to holes, and what becomes dirty.
 */
#include <limits.h>
#include <stdlib.h>

#include "gmem_env.h"

#define LOG	KVM_MEM_LOG_DIRTY_PAGES
#define RO	KVM_MEM_READONLY

/*
 * Guest frames 100..131 by four slots of eight, whose user memory lies in another
 * order; 132..139 read-only; nothing around. ram(gpa) is where a byte is.
 */
#define BASE	(100 * PAGE)
#define SLOTS	4
#define SIZE	(8 * PAGE)
#define RW_SIZE	(SLOTS * SIZE)
#define END	(BASE + RW_SIZE)	/* of what may be written */
#define RO_END	(END + SIZE)

static const unsigned int place[SLOTS + 1] = { 3, 0, 4, 2, 1 };
static unsigned char *mem;

static unsigned char *ram(uint64_t gpa)
{
	uint64_t off = gpa - BASE;

	return mem + place[off / SIZE] * SIZE + off % SIZE;
}

static int setup(void **state)
{
	unsigned int i;

	if (env_setup(state))
		return -1;
	mem = aligned_alloc(PAGE, (SLOTS + 1) * SIZE);
	memset(mem, 0x11, (SLOTS + 1) * SIZE);
	for (i = 0; i <= SLOTS; i++)
		if (env_region(i, 100 + 8 * i, 8, (unsigned long)(mem + place[i] * SIZE),
			       LOG | (i == SLOTS ? RO : 0)))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	int ret = env_teardown(state);

	free(mem);
	return ret;
}

static bool is_dirty(uint64_t gpa)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slot *slot = gmem_find_slot(gm, gpa / PAGE);
	uint64_t n = gpa / PAGE - slot->base_gfn;
	bool dirty = slot->dirty[n / 64] >> n % 64 & 1;

	gmem_read_unlock(gm, idx);
	return dirty;
}

static void all_clean(void)
{
	int idx = gmem_read_lock(gm);
	unsigned int i;

	for (i = 0; i <= SLOTS; i++)
		gmem_find_slot(gm, 100 + 8 * i)->dirty[0] = 0;
	gmem_read_unlock(gm, idx);
}

/* Exactly the pages of [@from, @to) are dirty. */
static void assert_dirty(uint64_t from, uint64_t to)
{
	uint64_t p;

	for (p = BASE; p < RO_END; p += PAGE)
		if (is_dirty(p) != (p + PAGE > from && p < to))
			fail_msg("page %llu", (unsigned long long)(p / PAGE));
}

static const struct {
	uint64_t gpa;
	size_t len, want;	/* want: bytes of memory from gpa on, to be written */
} spans[] = {
	{ BASE, 1, 1 },
	{ BASE + 5, 8, 8 },
	{ BASE, PAGE, PAGE },
	{ BASE + PAGE - 1, 2, 2 },
	{ BASE + SIZE - 3, 8, 8 },			/* two slots */
	{ BASE + SIZE - 1, 2 * SIZE, 2 * SIZE },	/* four */
	{ BASE, RW_SIZE, RW_SIZE },
	{ END - 1, 1, 1 },
	{ BASE + 7, RW_SIZE - 7, RW_SIZE - 7 },
};

/* What is written is where the slots say, around it nothing changes, and reads give it back. */
static void spans_slots(void **state)
{
	unsigned char *out = malloc(RW_SIZE), *in = malloc(RW_SIZE);
	size_t i, k;

	(void)state;
	for (i = 0; i < RW_SIZE; i++)
		out[i] = env_random();
	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		memset(mem, 0x11, (SLOTS + 1) * SIZE);
		all_clean();
		assert_int_equal(gmem_write(gm, spans[i].gpa, out, spans[i].len), spans[i].want);
		for (k = 0; k < RW_SIZE + SIZE; k++) {
			uint64_t off = BASE + k - spans[i].gpa;
			unsigned char want = off < spans[i].len ? out[off] : 0x11;

			if (*ram(BASE + k) != want)
				fail_msg("row %zu byte %zu", i, k);
		}
		assert_dirty(spans[i].gpa, spans[i].gpa + spans[i].len);
		all_clean();
		memset(in, 0, RW_SIZE);
		assert_int_equal(gmem_read(gm, spans[i].gpa, in, spans[i].len), spans[i].want);
		assert_memory_equal(in, out, spans[i].len);
		assert_dirty(0, 0);
	}
	free(out);
	free(in);
}

/* Zeroing is writing zeroes. */
static void zero_is_a_write(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		memset(mem, 0x11, (SLOTS + 1) * SIZE);
		all_clean();
		assert_int_equal(gmem_zero(gm, spans[i].gpa, spans[i].len), spans[i].want);
		for (k = 0; k < RW_SIZE + SIZE; k++) {
			uint64_t off = BASE + k - spans[i].gpa;

			if (*ram(BASE + k) != (off < spans[i].len ? 0 : 0x11))
				fail_msg("row %zu byte %zu", i, k);
		}
		assert_dirty(spans[i].gpa, spans[i].gpa + spans[i].len);
	}
}

/* An access comes as far as there are slots, and is -EFAULT when that is nowhere. */
static void ends_where_slots_end(void **state)
{
	unsigned char buf[3 * PAGE];

	(void)state;
	memset(buf, 0, sizeof(buf));
	assert_int_equal(gmem_read(gm, RO_END - 5, buf, 100), 5);
	assert_int_equal(gmem_read(gm, RO_END, buf, 1), -EFAULT);
	assert_int_equal(gmem_read(gm, BASE - 1, buf, 2), -EFAULT);
	assert_int_equal(gmem_write(gm, BASE - 1, buf, 2), -EFAULT);
	assert_int_equal(gmem_zero(gm, BASE - 1, 2), -EFAULT);
	/* A hole between slots. */
	assert_int_equal(env_region(1, 0, 0, ENV_HVA, 0), 0);
	assert_int_equal(gmem_read(gm, BASE + SIZE - PAGE, buf, 3 * PAGE), PAGE);
	assert_int_equal(gmem_write(gm, BASE + SIZE - 7, buf, 8), 7);
	assert_int_equal(gmem_zero(gm, BASE + SIZE, 8), -EFAULT);
}

/* Read-only slots are read, and end a write before their first byte. */
static void readonly_ends_writes(void **state)
{
	unsigned char buf[16];

	(void)state;
	memset(buf, 0x22, sizeof(buf));
	assert_int_equal(gmem_write(gm, END, buf, 16), -EFAULT);
	assert_int_equal(gmem_zero(gm, END, 16), -EFAULT);
	assert_int_equal(gmem_write(gm, END - 4, buf, 16), 4);
	assert_int_equal(gmem_zero(gm, END - 2, 16), 2);
	assert_int_equal(*ram(END), 0x11);
	assert_dirty(END - 4, END);
	assert_int_equal(gmem_read(gm, END - 4, buf, 16), 16);
	assert_int_equal(buf[1], 0x22);
	assert_int_equal(buf[2], 0);
	assert_int_equal(buf[4], 0x11);
}

/* Where the VMM's memory is missing the access ends, too; the frame it broke off in counts as written. */
static void ends_where_memory_ends(void **state)
{
	unsigned char buf[3 * PAGE];

	(void)state;
	memset(buf, 0x22, sizeof(buf));
	shim_user_hole((unsigned long)ram(BASE + 2 * PAGE), PAGE);
	assert_int_equal(gmem_write(gm, BASE + PAGE, buf, 3 * PAGE), PAGE);
	assert_dirty(BASE + PAGE, BASE + 3 * PAGE);
	assert_int_equal(*ram(BASE + 2 * PAGE), 0x11);
	assert_int_equal(gmem_read(gm, BASE + PAGE + 1, buf, 3 * PAGE), PAGE - 1);
	assert_int_equal(gmem_read(gm, BASE + 2 * PAGE, buf, 1), -EFAULT);
	assert_int_equal(gmem_write(gm, BASE + 3 * PAGE - 1, buf, 1), -EFAULT);
	assert_int_equal(gmem_zero(gm, BASE + 2 * PAGE, PAGE), -EFAULT);
	assert_int_equal(gmem_read(gm, BASE + 3 * PAGE, buf, 1), 1);
}

/* No bytes are no error, anywhere. */
static void nothing_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(gmem_read(gm, BASE, NULL, 0), 0);
	assert_int_equal(gmem_write(gm, 0, NULL, 0), 0);
	assert_int_equal(gmem_zero(gm, ~0ULL, 0), 0);
	assert_dirty(0, 0);
}

/* Addresses near the end of all numbers, and lengths beyond it, hit nothing. */
static void far_addresses(void **state)
{
	static const uint64_t gpa[] = {
		~0ULL, -PAGE, -16, 1ULL << 63, 1ULL << 52, ENV_MAX_GFN * PAGE,
	};
	unsigned char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(gpa) / sizeof(gpa[0]); i++) {
		assert_int_equal(gmem_read(gm, gpa[i], buf, 32), -EFAULT);
		assert_int_equal(gmem_write(gm, gpa[i], buf, 32), -EFAULT);
		assert_int_equal(gmem_zero(gm, gpa[i], ~0UL), -EFAULT);
	}
	/* A length that wraps stops at the last slot all the same. */
	assert_int_equal(gmem_zero(gm, END - 8, ~0UL), 8);
	assert_int_equal(gmem_zero(gm, END - 8, (size_t)LONG_MAX + 1), 8);
	assert_dirty(END - 8, END);
}

/* The last page that a VM can have is reached to its last byte. */
static void last_page_of_all(void **state)
{
	unsigned char buf[PAGE];

	(void)state;
	assert_int_equal(env_region(9, ENV_MAX_GFN - 1, 1, (unsigned long)mem, 0), 0);
	assert_int_equal(gmem_read(gm, (ENV_MAX_GFN - 1) * PAGE, buf, PAGE), PAGE);
	assert_int_equal(gmem_write(gm, ENV_MAX_GFN * PAGE - 1, buf, PAGE), 1);
}

/* Another process reaches nothing. */
static void other_mm_reaches_nothing(void **state)
{
	struct mm_struct other;
	unsigned char c;

	(void)state;
	shim_current()->mm = &other;
	assert_int_equal(gmem_read(gm, BASE, &c, 1), -EFAULT);
	assert_int_equal(gmem_write(gm, BASE, &c, 1), -EFAULT);
	assert_int_equal(gmem_zero(gm, BASE, 1), -EFAULT);
	shim_current()->mm = &shim_mm;
	assert_dirty(0, 0);
}

/* All or an error, for those who need all. */
static void all_or_error(void **state)
{
	uint64_t v = 0x1122334455667788ULL, r = 0;

	(void)state;
	assert_int_equal(gmem_write_all(gm, BASE + SIZE - 4, &v, 8), 0);
	assert_int_equal(gmem_read_all(gm, BASE + SIZE - 4, &r, 8), 0);
	assert_int_equal(r, v);
	assert_int_equal(gmem_read_all(gm, RO_END - 4, &r, 8), -EFAULT);
	assert_int_equal(gmem_write_all(gm, END - 4, &v, 8), -EFAULT);
	assert_int_equal(gmem_read_all(gm, RO_END, &r, 8), -EFAULT);
}

/* Elements go whole or not at all: up to the end of slots, of memory, before read-only ones. */
static void elements(void **state)
{
	static const unsigned int sizes[] = { 1, 2, 4, 8 };
	unsigned char out[SIZE], in[SIZE];
	unsigned int i, s;

	(void)state;
	for (i = 0; i < SIZE; i++)
		out[i] = env_random();
	for (i = 0; i < 4; i++) {
		s = sizes[i];
		memset(mem, 0x11, (SLOTS + 1) * SIZE);
		all_clean();
		/* over two slots */
		assert_int_equal(gmem_write_elems(gm, BASE + SIZE - 16, out, s, 32 / s), 32 / s);
		assert_memory_equal(ram(BASE + SIZE - 16), out, 16);
		assert_memory_equal(ram(BASE + SIZE), out + 16, 16);
		assert_int_equal(*ram(BASE + SIZE + 16), 0x11);
		assert_dirty(BASE + SIZE - 16, BASE + SIZE + 16);
		all_clean();
		assert_int_equal(gmem_read_elems(gm, BASE + SIZE - 16, in, s, 32 / s), 32 / s);
		assert_memory_equal(in, out, 32);
		assert_int_equal(gmem_write_elems(gm, END - 16, out, s, 32), 16 / s);
		assert_int_equal(gmem_write_elems(gm, END, out, s, 32), -EFAULT);
		assert_int_equal(gmem_read_elems(gm, RO_END - 16, in, s, 32), 16 / s);
		assert_int_equal(gmem_read_elems(gm, RO_END, in, s, 32), -EFAULT);
		assert_int_equal(gmem_read_elems(gm, BASE, in, s, 0), 0);
		assert_dirty(END - 16, END);
		all_clean();
		/* where memory ends nothing has changed, and no page beyond counts as written */
		shim_user_hole((unsigned long)ram(BASE + 2 * PAGE), PAGE);
		assert_int_equal(gmem_write_elems(gm, BASE + 2 * PAGE - 16, out, s, 32), 16 / s);
		assert_dirty(BASE + 2 * PAGE - 16, BASE + 2 * PAGE);
		assert_int_equal(gmem_read_elems(gm, BASE + 2 * PAGE, in, s, 32), -EFAULT);
		shim_user_hole(0, 0);
		if (s > 1)
			assert_int_equal(gmem_read_elems(gm, BASE + 1, in, s, 1), -EINVAL);
	}
	assert_int_equal(gmem_read_elems(gm, BASE, in, 3, 1), -EINVAL);
	assert_int_equal(gmem_read_elems(gm, BASE, in, 0, 1), -EINVAL);
	assert_int_equal(gmem_read_elems(gm, BASE, in, 16, 1), -EINVAL);
	assert_int_equal(gmem_read_elems(gm, -8ULL, in, 8, ~0UL), -EFAULT);
	assert_int_equal(gmem_write_elems(gm, END - 8, out, 8, ~0UL), 1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spans_slots),
		TEST(zero_is_a_write),
		TEST(ends_where_slots_end),
		TEST(readonly_ends_writes),
		TEST(ends_where_memory_ends),
		TEST(nothing_is_nothing),
		TEST(far_addresses),
		TEST(last_page_of_all),
		TEST(other_mm_reaches_nothing),
		TEST(all_or_error),
		TEST(elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
