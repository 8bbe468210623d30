// SPDX-License-Identifier: GPL-2.0
/*
 * kvmclock: the line's arithmetic, and a record that a reader reads in each order of his
 * steps and the writer's, and in a thread of his own.
 */
#include <pthread.h>

#include "test_pv_fake.h"
#include "../../src/x86/pv/clock.h"

/* What the shim would do, but that the reader may go on before each store. */
static void (*before_store)(const volatile void *p);

void shim_access(const volatile void *p, size_t n, enum shim_access op)
{
	(void)n;
	if (op != SHIM_LOAD && before_store)
		before_store(p);
}

void shim_barrier(enum shim_barrier b)
{
	if (b == SHIM_MB)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else
		__asm__ volatile("" ::: "memory");
}

static const u32 frequencies[] = {
	1, 7, 999, 1000, 1001, 19200, 32768, 999999, 1000000, 1000001, 1999999, 2000000, 2000001, 2394230, 3999999,
	4000000, 4000001, 123456789, 4095999999U, 4096000000U, 4096000001U, ~0U,
};

#define NFREQUENCIES	(sizeof(frequencies) / sizeof(frequencies[0]))

/* The guest's own arithmetic. */
static u64 guest_time(u64 ns, u64 delta, u32 mul, s8 shift)
{
	if (shift < 0)
		delta >>= -shift;
	else
		delta <<= shift;
	return ns + (u64)((__uint128_t)delta * mul >> 32);
}

/* The line's slope is right to half a billionth, never too steep, with all bits of the factor in use. */
static void slopes(void **state)
{
	struct pv_clock c;
	size_t i;

	(void)state;
	for (i = 0; i < NFREQUENCIES; i++) {
		/* an hour of ticks */
		u64 ticks = frequencies[i] * 3600000ULL, ns;

		pv_clock_set(&c, frequencies[i], 12345, 678);
		assert_true(c.mul >> 31 == 1);
		ns = pv_clock_at(&c, 12345 + ticks) - 678;
		assert_true(ns <= 3600000000000ULL);
		/* and what the last shifted bits are worth */
		assert_true(ns >= 3600000000000ULL - 3600000000000ULL / 2000000000 - 2);
		assert_true(pv_clock_at(&c, 12345) == 678 && pv_clock_at(&c, 12344) == 678 && pv_clock_at(&c, 0) == 678);
	}
}

/* The host's time is what the guest computes, to the nanosecond, for any distance. */
static void as_the_guest(void **state)
{
	struct pv_clock c;
	size_t i;
	int n;

	(void)state;
	srand(5);
	for (i = 0; i < NFREQUENCIES; i++) {
		pv_clock_set(&c, frequencies[i], 1ULL << 40, 1ULL << 41);
		for (n = 0; n < 2000; n++) {
			u64 delta = ((u64)rand() << 31 ^ rand()) >> rand() % 62 >> (c.shift > 0 ? c.shift : 0);

			assert_true(pv_clock_at(&c, c.tsc + delta) == guest_time(c.ns, delta, c.mul, c.shift));
		}
	}
}

/* Where one line ends the next begins, never below it, and not above both it and the host's clock. */
static void going_on(void **state)
{
	struct pv_clock c, old;
	u64 ns, end;
	int i;

	(void)state;
	srand(6);
	pv_clock_set(&c, 2394230, 1000, 0);
	for (i = 0; i < 10000; i++) {
		u64 tsc = c.tsc + rand();

		old = c;
		end = pv_clock_at(&old, tsc);
		ns = end + rand() % 2000 - 1000;
		pv_clock_go_on(&c, frequencies[rand() % NFREQUENCIES], tsc, ns);
		assert_true(c.tsc == tsc && c.ns == (ns > end ? ns : end));
	}
}

/* The reader: each step of the protocol, one at a time. */
enum { STEP_VERSION, STEP_RDTSC, STEP_TSC, STEP_NS, STEP_SCALE, STEP_FLAGS, STEP_AGAIN, STEPS };

static struct pv_clock_record record;
static u64 tsc;			/* goes on by itself */

static struct {
	int steps;
	u32 version, again, mul;
	u64 now, tsc, ns;
	s8 shift;
	u8 flags;
} reader;

static void step(void)
{
	tsc++;
	switch (reader.steps++) {
	case STEP_VERSION:
		reader.version = record.version;
		break;
	case STEP_RDTSC:
		reader.now = tsc;
		break;
	case STEP_TSC:
		reader.tsc = record.tsc;
		break;
	case STEP_NS:
		reader.ns = record.ns;
		break;
	case STEP_SCALE:
		reader.mul = record.mul;
		reader.shift = record.shift;
		break;
	case STEP_FLAGS:
		reader.flags = record.flags;
		break;
	case STEP_AGAIN:
		reader.again = record.version;
		break;
	}
}

static bool content(void)
{
	assert_int_equal(reader.steps, STEPS);
	return !(reader.version & 1) && reader.version == reader.again;
}

static u64 reader_time(void)
{
	return guest_time(reader.ns, reader.now - reader.tsc, reader.mul, reader.shift);
}

static u64 read_all(void)
{
	reader.steps = 0;
	while (reader.steps < STEPS)
		step();
	assert_true(content());
	return reader_time();
}

#define WRITER_STORES	7

static int places[STEPS];	/* before which store the reader makes his step; one more: after all */
static int store;

static void let_reader_run(const volatile void *p)
{
	assert_true((const char *)p >= (char *)&record && (const char *)p < (char *)(&record + 1));
	store++;
	tsc++;
	while (reader.steps < STEPS && places[reader.steps] < store)
		step();
}

static void rewrite(const struct pv_clock *old, u64 behind)
{
	struct pv_clock c = *old;
	u32 version = pv_clock_begin(&record);

	pv_clock_go_on(&c, 3100000, tsc, pv_clock_at(old, tsc) - behind + 50);
	pv_clock_end(&record, version, &c, PV_CLOCK_STABLE);
}

static void check_reader(const struct pv_clock *old, u64 before, u64 behind)
{
	bool is_old = reader.tsc == old->tsc && reader.ns == old->ns && reader.mul == old->mul &&
		      reader.shift == old->shift && reader.flags == PV_CLOCK_PAUSED;
	bool is_new = reader.tsc != old->tsc && reader.ns != old->ns && reader.mul != old->mul &&
		      reader.flags == (PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	u64 now;

	(void)behind;
	if (!content())
		return;
	assert_true(is_old || is_new);
	assert_true(reader.now >= reader.tsc);
	now = reader_time();
	assert_true(now >= before);
	assert_true(read_all() >= now);
}

/* In each order of a reader's steps and the writer's stores he is discontent, or has one whole record and no time before. */
static void any_order(void **state)
{
	struct pv_clock old;
	u64 before, behind;
	int i, n = 0, contents = 0;

	(void)state;
	for (behind = 0; behind < 200; behind += 100) {
		memset(places, 0, sizeof(places));
		for (;;) {
			tsc = 5000000;
			pv_clock_set(&old, 2900000, 4000000, 777777);
			memset(&record, 0, sizeof(record));
			pv_clock_end(&record, pv_clock_begin(&record), &old, PV_CLOCK_PAUSED);
			before = read_all();
			reader.steps = 0;
			store = 0;
			before_store = let_reader_run;
			rewrite(&old, behind);
			before_store = NULL;
			assert_int_equal(store, WRITER_STORES);
			while (reader.steps < STEPS)
				step();
			n++;
			contents += content();
			check_reader(&old, before, behind);
			/* the next places in order */
			for (i = STEPS - 1; i >= 0 && places[i] == WRITER_STORES; i--)
				;
			if (i < 0)
				break;
			places[i]++;
			while (++i < STEPS)
				places[i] = places[i - 1];
		}
	}
	assert_int_equal(n, 2 * 3432);		/* 14 over 7 */
	assert_true(contents >= 4 && contents < n / 10);
}

static struct pv_clock_record records[2];
static u64 latest;
static unsigned int reads;

/* A thread that moves between two vCPUs reads wherever a record is whole. */
static void read_both(const volatile void *p)
{
	int i;

	(void)p;
	for (i = 0; i < 4; i++) {
		const struct pv_clock_record *r = &records[i & 1];
		u64 now = guest_time(r->ns, ++tsc - r->tsc, r->mul, r->shift);

		if (r->version & 1)
			continue;
		assert_true(tsc >= r->tsc && now >= latest);
		latest = now;
		reads++;
	}
}

/* Records of one clock that are begun together show no step back to who reads now one, now the other. */
static void two_records(void **state)
{
	struct pv_clock c;
	u32 version[2];
	int i;

	(void)state;
	srand(8);
	tsc = 1000;
	latest = reads = 0;
	pv_clock_set(&c, 300000, tsc, 0);
	for (i = 0; i < 1000; i++) {
		before_store = i ? read_both : NULL;
		version[0] = pv_clock_begin(&records[0]);
		version[1] = pv_clock_begin(&records[1]);
		pv_clock_go_on(&c, 1000000 >> rand() % 11, tsc, pv_clock_at(&c, tsc) + rand() % 100 - 50);
		pv_clock_end(&records[0], version[0], &c, PV_CLOCK_STABLE);
		pv_clock_end(&records[1], version[1], &c, PV_CLOCK_STABLE);
		before_store = NULL;
		tsc += rand() % 100;
	}
	assert_true(reads > 5000);
}

/* Whatever the guest left as version, a reader of before is not content after, nor one of meanwhile. */
static void versions(void **state)
{
	struct pv_clock c;
	u32 v, begun;

	(void)state;
	pv_clock_set(&c, 1000000, 0, 0);
	for (v = 0xfffffff0; v != 16; v++) {
		record.version = v;
		begun = pv_clock_begin(&record);
		assert_int_equal(record.version, begun);
		assert_true((begun & 1) && begun != v && begun + 1 != v);
		record.version = rand();
		pv_clock_end(&record, begun, &c, 0);
		assert_int_equal(record.version, begun + 1);
	}
}

/* That the VM was paused stays until the guest clears it; whether the clock is stable does not. */
static void flags(void **state)
{
	struct pv_clock c;

	(void)state;
	pv_clock_set(&c, 1000000, 0, 0);
	memset(&record, 0, sizeof(record));
	pv_clock_end(&record, pv_clock_begin(&record), &c, PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	assert_int_equal(record.flags, PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	pv_clock_end(&record, pv_clock_begin(&record), &c, 0);
	assert_int_equal(record.flags, PV_CLOCK_PAUSED);
	record.flags = 0;
	pv_clock_end(&record, pv_clock_begin(&record), &c, PV_CLOCK_STABLE);
	assert_int_equal(record.flags, PV_CLOCK_STABLE);
}

/* Threads: the writer's records and their time are one line after another, which real readers follow. */
static bool stop;
static u64 thread_tsc;

static void *read_on(void *unused)
{
	volatile struct pv_clock_record *r = &record;
	unsigned long good = 0;
	u64 last = 0, now;
	u32 version, mul;
	u64 at, from, ns;
	s8 shift;

	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED) || !good) {
		version = r->version;
		__asm__ volatile("" ::: "memory");
		at = __atomic_add_fetch(&thread_tsc, 1, __ATOMIC_SEQ_CST);
		from = r->tsc;
		ns = r->ns;
		mul = r->mul;
		shift = r->shift;
		__asm__ volatile("" ::: "memory");
		if ((version & 1) || version != r->version)
			continue;
		now = guest_time(ns, at - from, mul, shift);
		if (now < last || at < from)
			return (void *)1;
		last = now;
		good++;
	}
	return NULL;
}

/* Two readers at a time see no time go back, torn or not, while lines are replaced. */
static void threads(void **state)
{
	pthread_t t[2];
	struct pv_clock c;
	u32 version;
	void *bad;
	int i;

	(void)state;
	stop = false;
	thread_tsc = 1000;
	pv_clock_set(&c, 1000000, 1000, 0);
	memset(&record, 0, sizeof(record));
	pv_clock_end(&record, pv_clock_begin(&record), &c, 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, read_on, NULL), 0);
	for (i = 0; i < 200000; i++) {
		version = pv_clock_begin(&record);
		pv_clock_go_on(&c, 1000000 + i % 1000, __atomic_add_fetch(&thread_tsc, 1, __ATOMIC_SEQ_CST), i);
		pv_clock_end(&record, version, &c, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++) {
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
}

static u32 wall_seen[16];

static void note_version(struct fake_mem *f, int nth)
{
	wall_seen[nth] = fake_u32(f, 0);
}

/* The time of day when the clock was 0, written while its version is odd; errors are told. */
static void wall(void **state)
{
	struct fake_mem f;
	int i;

	(void)state;
	fake_mem_init(&f);
	f.before = note_version;
	memset(f.bytes + 4, 0xff, 12);
	f.bytes[0] = 6;
	assert_int_equal(pv_wall_write(&f.mem, 1704067200123456789ULL, 23456790), 0);
	assert_true(fake_u32(&f, 0) == 8 && fake_u32(&f, 4) == 1704067200 && fake_u32(&f, 8) == 99999999);
	assert_int_equal(f.accesses, 5);
	assert_true(wall_seen[2] == 6 && wall_seen[3] == 7 && wall_seen[4] == 7 && wall_seen[5] == 7);
	f.bytes[0] = 9;		/* left over: odd */
	f.accesses = 0;
	assert_int_equal(pv_wall_write(&f.mem, 5, 6), 0);
	assert_true(fake_u32(&f, 0) == 12 && fake_u32(&f, 4) == 0 && fake_u32(&f, 8) == 0);
	assert_int_equal(wall_seen[3], 11);
	memset(f.bytes, 0xff, 4);
	assert_int_equal(pv_wall_write(&f.mem, ~0ULL, 0), 0);
	assert_true(fake_u32(&f, 0) == 2 && fake_u32(&f, 12) == ~0U);
	for (i = 1; i <= 5; i++) {
		f.fail_at = i;
		f.accesses = 0;
		assert_int_equal(pv_wall_write(&f.mem, 5, 6), -EFAULT);
		assert_int_equal(f.accesses, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slopes),
		cmocka_unit_test(as_the_guest),
		cmocka_unit_test(going_on),
		cmocka_unit_test(any_order),
		cmocka_unit_test(two_records),
		cmocka_unit_test(versions),
		cmocka_unit_test(flags),
		cmocka_unit_test(threads),
		cmocka_unit_test(wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
