// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's writes where no memory is: those that only signal an eventfd (KVM_IOEVENTFD), and those that wait in a ring
 * until the VMM comes by (KVM_REGISTER_COALESCED_MMIO). KVM API, 4.59 and 4.116.
 */
#include "file_env.h"

#include "../../src/vm/coalesced.h"
#include "../../src/vm/ioeventfd.h"

#define ANY	0
#define MATCH	KVM_IOEVENTFD_FLAG_DATAMATCH
#define PORT	KVM_IOEVENTFD_FLAG_PIO
#define OFF	KVM_IOEVENTFD_FLAG_DEASSIGN

static int vm, fd, other;

static int open_vm(void **state)
{
	env_open(state);
	vm = env_dev_ioctl(KVM_CREATE_VM, 0);
	fd = env_eventfd();
	other = env_eventfd();
	return vm < 0;
}

static long io(int event, u32 flags, u64 addr, u32 len, u64 match)
{
	struct kvm_ioeventfd args = { .datamatch = match, .addr = addr, .len = len, .fd = event, .flags = flags };

	return env_ioctl(vm, KVM_IOEVENTFD, env_arg(&args));
}

/* A write: which of @fd and @other does it signal? 0: neither; 1, 2. */
static unsigned int wr(bool port, u64 addr, unsigned int len, u64 val)
{
	bool taken = ioeventfd_write(env_vm(vm), port, addr, len, val);
	unsigned int a = env_count(fd), b = env_count(other);

	assert_int_equal(taken, a + b);
	return a + 2 * b;
}

static unsigned int waits;

static void signals_already(void)
{
	waits++;
	assert_int_equal(wr(false, 0x7000, 4, 0), 1);
}

/* While those are waited for that read the old table, others find what is in the new one. */
static void published(void **state)
{
	(void)state;
	shim_on_synchronize = signals_already;
	assert_int_equal(io(fd, ANY, 0x7000, 4, 0), 0);
	shim_on_synchronize = NULL;
	assert_int_equal(waits, 1);
}

/* Address, length, kind of address and value must be those that were named, each. */
static void signals(void **state)
{
	static const u32 lens[] = { 1, 2, 4, 8 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(io(fd, ANY, 0x1000, lens[i], 0), 0);
		assert_int_equal(io(other, PORT | MATCH, 0x1000, lens[i], 0x1122334455667788), 0);
		for (j = 0; j < 4; j++) {
			assert_int_equal(wr(false, 0x1000, lens[j], 5), i == j ? 1 : 0);
			/* only the bytes of its length count, of either */
			assert_int_equal(wr(true, 0x1000, lens[j], 0x1122334455667788), i == j ? 2 : 0);
			assert_int_equal(wr(true, 0x1000, lens[j], 0xff22334455667788), i == j && i < 3 ? 2 : 0);
			assert_int_equal(wr(true, 0x1000, lens[j], 0x1122334455667789), 0);
		}
		assert_int_equal(wr(false, 0x1001, lens[i], 5), 0);
		assert_int_equal(wr(false, 0xfff, lens[i], 5), 0);
		assert_int_equal(io(fd, OFF, 0x1000, lens[i], 0), 0);
		assert_int_equal(wr(false, 0x1000, lens[i], 5), 0);
		assert_int_equal(io(other, OFF | PORT | MATCH, 0x1000, lens[i], 0x1122334455667788), 0);
		assert_int_equal(wr(true, 0x1000, lens[i], 0x1122334455667788), 0);
	}
	assert_int_equal(io(fd, ANY, 0x1000, 0, 0), 0);
	for (j = 0; j < 4; j++)
		assert_int_equal(wr(false, 0x1000, lens[j], j), 1);
	assert_int_equal(io(fd, OFF, 0x1000, 0, 0), 0);
	assert_int_equal(io(fd, ANY, ~0ULL - 8, 8, 0), 0);
	assert_int_equal(wr(false, ~0ULL - 8, 8, 0), 1);
}

/* What stands next in the order is not taken for what was looked for: another kind, address, length or value. */
static void neighbours(void **state)
{
	static const struct { u32 flags; u64 addr; u32 len; u64 match; } next[] = {
		{ PORT, 0x1000, 4, 0 }, { ANY, 0x1008, 4, 0 }, { ANY, 0x1000, 8, 0 }, { PORT | MATCH, 0x1000, 4, 7 },
		{ MATCH, 0x1008, 4, 7 }, { MATCH, 0x1000, 8, 7 }, { MATCH, 0x1000, 4, 8 }, { PORT, 0x1000, 0, 0 },
		{ ANY, 0x1001, 0, 0 }, { ANY, 0xfff, 0, 0 }, { MATCH, 0x1000, 2, 7 },
	};
	unsigned int i, first;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(next); i++)
		for (first = 0; first < 2; first++) {
			/* with one that is of the address, and without */
			if (first)
				assert_int_equal(io(fd, ANY, 0x1000, 1, 0), 0);
			assert_int_equal(io(other, next[i].flags, next[i].addr, next[i].len, next[i].match), 0);
			assert_int_equal(wr(false, 0x1000, 4, 7), 0);
			assert_int_equal(wr(false, 0x1000, 1, 7), first);
			assert_int_equal(io(other, OFF | next[i].flags, next[i].addr, next[i].len, next[i].match), 0);
			if (first)
				assert_int_equal(io(fd, OFF, 0x1000, 1, 0), 0);
		}
	/* of two that differ in their value alone each takes its own */
	assert_int_equal(io(fd, MATCH, 0x1000, 4, 5), 0);
	assert_int_equal(io(other, MATCH, 0x1000, 4, 6), 0);
	assert_int_equal(wr(false, 0x1000, 4, 5), 1);
	assert_int_equal(wr(false, 0x1000, 4, 6), 2);
	assert_int_equal(wr(false, 0x1000, 4, 4) + wr(false, 0x1000, 4, 7), 0);
	/* another's is not taken away by who names his own eventfd */
	assert_int_equal(io(fd, OFF | MATCH, 0x1000, 4, 6), -ENOENT);
	assert_int_equal(io(fd, OFF | MATCH, 0x1000, 4, 7), -ENOENT);
	assert_int_equal(wr(false, 0x1000, 4, 6), 2);
}

/* Each pair of kinds that one write could match is refused; each that none could is had. */
static void collisions(void **state)
{
	static const struct { u32 flags, len; u64 addr, match; } kind[] = {
		{ ANY, 0, 0x10, 0 }, { ANY, 4, 0x10, 0 }, { MATCH, 4, 0x10, 1 }, { MATCH, 4, 0x10, 2 }, { ANY, 8, 0x10, 0 },
		{ PORT, 0, 0x10, 0 }, { PORT | MATCH, 4, 0x10, 1 }, { ANY, 4, 0x14, 0 }, { ANY, 1, 0x11, 0 },
	};
	unsigned int i, j;
	bool meets;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kind); i++) {
		for (j = 0; j < ARRAY_SIZE(kind); j++) {
			meets = kind[i].addr == kind[j].addr && (kind[i].flags & PORT) == (kind[j].flags & PORT) &&
				(!kind[i].len || !kind[j].len || kind[i].len == kind[j].len) &&
				(!(kind[i].flags & kind[j].flags & MATCH) || kind[i].match == kind[j].match);
			assert_int_equal(io(fd, kind[i].flags, kind[i].addr, kind[i].len, kind[i].match), 0);
			assert_int_equal(io(other, kind[j].flags, kind[j].addr, kind[j].len, kind[j].match),
					 meets ? -EEXIST : 0);
			/* of the same place, but another's: not his to take away */
			assert_int_equal(io(other, OFF | kind[i].flags, kind[i].addr, kind[i].len, kind[i].match),
					 -ENOENT);
			if (!meets)
				assert_int_equal(io(other, OFF | kind[j].flags, kind[j].addr, kind[j].len, kind[j].match), 0);
			assert_int_equal(io(fd, OFF | kind[i].flags, kind[i].addr, kind[i].len, kind[i].match), 0);
		}
	}
	assert_int_equal(io(fd, OFF, 0x10, 4, 0), -ENOENT);
}

static void io_errors(void **state)
{
	(void)state;
	assert_int_equal(io(fd, 1 << 4, 0x10, 4, 0), -EINVAL);
	assert_int_equal(io(fd, MATCH, 0x10, 0, 0), -EINVAL);
	assert_int_equal(io(fd, ANY, 0x10, 3, 0), -EINVAL);
	assert_int_equal(io(fd, ANY, 0x10, 16, 0), -EINVAL);
	assert_int_equal(io(fd, ANY, 0x10, ~0U, 0), -EINVAL);
	assert_int_equal(io(fd, ANY, ~0ULL - 2, 4, 0), -EINVAL);
	assert_int_equal(io(vm, ANY, 0x10, 4, 0), -EINVAL);
	assert_int_equal(io(55, ANY, 0x10, 4, 0), -EBADF);
	assert_int_equal(io(fd, OFF, 0x10, 4, 0), -ENOENT);
	assert_int_equal(wr(false, 0x10, 4, 0), 0);
}

/* As many as there may be, at neighbouring addresses, in no order: each is found; one more is not had. */
static void as_many_as_may_be(void **state)
{
	unsigned int i, at;

	(void)state;
	for (i = 0; i < IOEVENTFD_MAX; i++)
		assert_int_equal(io(i & 1 ? fd : other, MATCH, 0x1000 + i * 7 % 100 * 8, 8, i / 100), 0);
	assert_int_equal(io(fd, ANY, 0x9000, 4, 0), -ENOSPC);
	for (i = 0; i < IOEVENTFD_MAX; i++)
		assert_int_equal(wr(false, 0x1000 + i * 7 % 100 * 8, 8, i / 100), i & 1 ? 1 : 2);
	assert_int_equal(wr(false, 0x1000, 8, IOEVENTFD_MAX / 100), 0);
	for (i = 0; i < IOEVENTFD_MAX; i++) {
		at = i * 333 % IOEVENTFD_MAX;
		assert_int_equal(io(at & 1 ? fd : other, OFF | MATCH, 0x1000 + at * 7 % 100 * 8, 8, at / 100), 0);
		assert_int_equal(wr(false, 0x1000 + at * 7 % 100 * 8, 8, at / 100), 0);
		at = (i + 1) * 333 % IOEVENTFD_MAX;
		if (i + 1 < IOEVENTFD_MAX)
			assert_int_equal(wr(false, 0x1000 + at * 7 % 100 * 8, 8, at / 100), at & 1 ? 1 : 2);
	}
}

/* Without memory nothing changes, added or taken away. */
static void io_without_memory(void **state)
{
	(void)state;
	assert_int_equal(each_alloc(io(fd, ANY, 0x10, 4, 0), -ENOMEM), 1);
	assert_int_equal(each_alloc(io(other, ANY, 0x20, 4, 0), -ENOMEM), 1);
	assert_int_equal(wr(false, 0x10, 4, 0), 1);
	assert_int_equal(wr(false, 0x20, 4, 0), 2);
	shim_fail_alloc(1);
	assert_int_equal(io(fd, OFF, 0x10, 4, 0), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(wr(false, 0x10, 4, 0), 1);
	assert_int_equal(io(fd, OFF, 0x10, 4, 0), 0);
	/* the last one needs none */
	assert_int_equal(each_alloc(io(other, OFF, 0x20, 4, 0), -ENOMEM), 0);
}

static long zone(bool add, u32 port, u64 addr, u32 size)
{
	struct kvm_coalesced_mmio_zone z = { .addr = addr, .size = size, .pio = port };

	return env_ioctl(vm, add ? KVM_REGISTER_COALESCED_MMIO : KVM_UNREGISTER_COALESCED_MMIO, env_arg(&z));
}

static struct kvm_coalesced_mmio_ring *ring(void)
{
	return (void *)coalesced_page(env_vm(vm));
}

static bool put(bool port, u64 addr, unsigned int len, u64 val)
{
	return coalesced_write(env_vm(vm), port, addr, len, &val);
}

/* Writes that lie in a zone altogether, of its kind of address, are in the ring, in order and whole; others are not. */
static void waits_in_the_ring(void **state)
{
	static const struct { bool port; u64 addr; unsigned int len; bool taken; } w[] = {
		{ false, 0x100, 8, true }, { false, 0x11c, 4, true }, { false, 0x11d, 4, false }, { false, 0xff, 1, false },
		{ false, 0x120, 1, false }, { false, 0x11f, 1, true }, { true, 0x100, 1, false }, { true, 0x60, 2, true },
		{ true, 0x61, 2, false }, { false, 0x60, 1, false }, { false, ~0ULL, 8, false },
	};
	struct kvm_coalesced_mmio *e;
	unsigned int i, n = 0;

	(void)state;
	assert_false(put(false, 0x100, 4, 1));
	assert_int_equal(zone(true, 0, 0x100, 0x20), 0);
	assert_int_equal(zone(true, 1, 0x60, 2), 0);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		assert_int_equal(put(w[i].port, w[i].addr, w[i].len, 0x8877665544332211 + i), w[i].taken);
		if (!w[i].taken)
			continue;
		e = &ring()->coalesced_mmio[n++];
		assert_int_equal(ring()->last, n);
		assert_int_equal(e->phys_addr, w[i].addr);
		assert_int_equal(e->len, w[i].len);
		assert_int_equal(e->pio, w[i].port);
		assert_int_equal(e->data[0], 0x11 + i);
		assert_int_equal(e->data[w[i].len - 1], w[i].len == 1 ? 0x11 + i : 0x11 * w[i].len);
		assert_int_equal(e->data[w[i].len == 8 ? 7 : w[i].len], w[i].len == 8 ? 0x88 : 0);
	}
	assert_int_equal(ring()->first, 0);
}

/* Full with one place free; the VMM's word on it is read once and not believed. */
static void full_ring(void **state)
{
	const unsigned int max = (4096 - sizeof(struct kvm_coalesced_mmio_ring)) / sizeof(struct kvm_coalesced_mmio);
	unsigned int i;

	(void)state;
	assert_int_equal(zone(true, 0, 0, 8), 0);
	for (i = 0; i < max - 1; i++)
		assert_true(put(false, 0, 4, i));
	assert_false(put(false, 0, 4, i));
	assert_int_equal(ring()->last, max - 1);
	ring()->first = 1;
	assert_true(put(false, 0, 4, 99));
	assert_int_equal(ring()->last, 0);
	assert_int_equal(ring()->coalesced_mmio[max - 1].data[0], 99);
	assert_false(put(false, 0, 4, i));
	ring()->first = ~0U;
	assert_true(put(false, 0, 4, 7));
	assert_int_equal(ring()->coalesced_mmio[0].data[0], 7);
	ring()->last = max;
	assert_false(put(false, 0, 4, 7));
	ring()->last = ~0U;
	assert_false(put(false, 0, 4, 7));
}

static const struct shim_lock *lock_now;
static unsigned int nr_locks;

static void note_lock(const struct shim_lock *l)
{
	lock_now = l;
	nr_locks++;
}

/* Taking away forgets what lies in it altogether, of its kind; what cannot be is refused. */
static void zones(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(zone(true, 2, 0, 8), -EINVAL);
	assert_int_equal(zone(true, 0, ~0ULL - 3, 8), -EINVAL);
	/* one of no bytes holds no write */
	assert_int_equal(zone(true, 0, 0x100, 0), 0);
	assert_false(put(false, 0x100, 1, 0));
	assert_int_equal(zone(false, 0, 0x100, 0), 0);
	assert_int_equal(zone(true, 0, 0x100, 8), 0);
	assert_int_equal(zone(true, 1, 0x100, 8), 0);
	assert_int_equal(zone(true, 0, 0x108, 8), 0);
	assert_int_equal(zone(false, 0, 0x104, 8), 0);
	assert_true(put(false, 0x100, 1, 0) && put(false, 0x108, 1, 0) && put(true, 0x100, 1, 0));
	assert_int_equal(zone(false, 0, 0x100, 8), 0);
	assert_false(put(false, 0x100, 1, 0));
	assert_true(put(false, 0x108, 1, 0) && put(true, 0x100, 1, 0));
	assert_int_equal(zone(false, 1, 0x100, 8), 0);
	assert_false(put(true, 0x100, 1, 0));
	assert_int_equal(zone(false, 0, 0x108, 8), 0);
	assert_false(put(false, 0x108, 1, 0));

	/* each under the lock of all */
	shim_on_lock = note_lock;
	nr_locks = 0;
	for (i = 0; i < COALESCED_MAX; i++)
		assert_int_equal(zone(true, 0, i * 16, 8), 0);
	assert_int_equal(nr_locks, COALESCED_MAX);
	shim_guard(lock_now, &ring()->last, sizeof(ring()->last));
	assert_true(put(false, 0x20, 1, 0));
	shim_check_quiet();
	shim_on_lock = NULL;
	assert_int_equal(zone(true, 0, 0x100000, 8), -ENOSPC);
	assert_int_equal(zone(false, 0, 0x20, 8), 0);
	assert_int_equal(each_alloc(zone(true, 0, 0x100000, 8), -ENOMEM), 1);
	assert_true(put(false, 0x100000, 1, 0));
	assert_false(put(false, 0x20, 1, 0));
}

/* An architecture without them has neither ring nor zones. */
static void no_ring(void **state)
{
	int mine = vm;

	(void)state;
	env_arch.coalesced = false;
	vm = env_dev_ioctl(KVM_CREATE_VM, 0);
	assert_int_equal(zone(true, 0, 0, 8), -ENOTTY);
	assert_int_equal(zone(false, 0, 0, 8), -ENOTTY);
	assert_false(put(false, 0, 1, 0));
	vm = mine;
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_vm, env_close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(signals), T(published), T(neighbours), T(collisions), T(io_errors), T(as_many_as_may_be), T(io_without_memory),
		T(waits_in_the_ring), T(full_ring), T(zones), T(no_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
