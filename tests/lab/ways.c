// SPDX-License-Identifier: GPL-2.0
/*
 * Kept ranges and pages of guest memory in the real kernel: by a test module, on
 * this program's memory, while the host moves it and slots change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../module/ways.h"
#include "equal.h"

#define PAGE		4096UL
#define BLOCK		(2UL << 20)
#define GPA		0x40000000UL
#define STORM_SECONDS	4
#define MOST_SECONDS	100

static int fd;

static long call(unsigned int cmd, struct ways_op *op)
{
	return ioctl(fd, cmd, op) ? -errno : 0;
}

static long do_op(unsigned int cmd, uint64_t at, uint64_t len, uint64_t width, void *buf)
{
	struct ways_op op = { .at = at, .len = len, .width = width, .buf = (uintptr_t)buf };

	return call(cmd, &op);
}

static long slot(unsigned int id, uint64_t gpa, uint64_t size, void *mem, uint32_t flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = id, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(fd, WAYS_SLOT, &r) ? -errno : 0;
}

static uint64_t dirty(unsigned int id)
{
	static uint64_t bits[BLOCK / PAGE / 64];
	struct kvm_dirty_log log = { .slot = id, .dirty_bitmap = bits };

	expect(ioctl(fd, WAYS_DIRTY, &log), 0);
	return bits[0];
}

static struct ways_stats stats(void)
{
	struct ways_stats s;

	expect(ioctl(fd, WAYS_STATS, &s), 0);
	return s;
}

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(2);
	return p;
}

/* The kept range, while its slots are on two pieces of memory, then on others. */
static void hva(void)
{
	unsigned char *a = map(PAGE), *b = map(PAGE), *c = map(PAGE), out[64], in[64];
	struct ways_op op = { .at = 8, .width = 4, .val = 7 };
	struct ways_stats before, after;
	unsigned int i;

	expect(slot(0, GPA, PAGE, a, 0), 0);
	expect(slot(1, GPA + PAGE, PAGE, b, KVM_MEM_LOG_DIRTY_PAGES), 0);
	expect(do_op(WAYS_HVA_INIT, GPA + PAGE - 32, 64, 0, NULL), 0);
	for (i = 0; i < 64; i++)
		out[i] = i + 1;
	expect(do_op(WAYS_HVA_PUT, 0, 64, 0, out), 0);
	expect(memcmp(a + PAGE - 32, out, 32), 0);
	expect(memcmp(b, out + 32, 32), 0);
	expect(dirty(1), 1);
	before = stats();
	expect(do_op(WAYS_HVA_GET, 0, 64, 0, in), 0);
	expect(memcmp(in, out, 64), 0);
	after = stats();
	expect(after.hva_hits - before.hva_hits, 1);
	expect(after.hva_misses - before.hva_misses, 0);
	/* another slot where the second was */
	expect(slot(1, GPA + PAGE, 0, NULL, 0), 0);
	expect(do_op(WAYS_HVA_GET, 0, 64, 0, in), -EFAULT);
	expect(slot(2, GPA + PAGE, PAGE, c, 0), 0);
	before = stats();
	expect(do_op(WAYS_HVA_PUT, 30, 4, 0, out), 0);
	after = stats();
	expect(after.hva_misses - before.hva_misses, 1);
	expect(memcmp(c, out + 2, 2), 0);
	expect(b[0], 33);
	expect(call(WAYS_HVA_XCHG, &op), 0);
	expect(op.val, 0x0c0b0a09);
	expect(*(uint32_t *)(a + PAGE - 24), 7);
	expect(do_op(WAYS_HVA_GET, 1, 64, 0, in), -EINVAL);
	expect(do_op(WAYS_HVA_ADD, 1, 1, 8, NULL), -EINVAL);
	expect(slot(2, GPA + PAGE, 0, NULL, 0), 0);
	expect(slot(2, GPA + PAGE, PAGE, c, KVM_MEM_READONLY), 0);
	expect(do_op(WAYS_HVA_GET, 0, 64, 0, in), 0);
	expect(do_op(WAYS_HVA_PUT, 32, 4, 0, out), -EFAULT);
	expect(do_op(WAYS_HVA_ADD, 32, 1, 8, NULL), -EFAULT);
	expect(slot(0, GPA, 0, NULL, 0), 0);
	expect(slot(2, GPA, 0, NULL, 0), 0);
}

static uint64_t word(unsigned char *p)
{
	return *(volatile uint64_t *)p;
}

/* The mapped page, wherever it is by now. */
static void mapped(void)
{
	unsigned char *a = map(2 * PAGE), *b = map(2 * PAGE);
	struct ways_stats before, after;

	expect(do_op(WAYS_MAP, GPA, 0, 0, NULL), -EFAULT);
	expect(slot(0, GPA, 2 * PAGE, a, KVM_MEM_LOG_DIRTY_PAGES), 0);
	expect(do_op(WAYS_MAP, GPA + 8, 0, 0, NULL), -EINVAL);
	expect(do_op(WAYS_MAP, GPA + PAGE, 0, 0, NULL), 0);
	expect(do_op(WAYS_MAP_ADD, 16, 3, 0, NULL), 0);
	expect(word(a + PAGE + 16), 3);
	expect(dirty(0), 2);
	before = stats();
	expect(do_op(WAYS_MAP_ADD, 16, 3, 0, NULL), 0);
	after = stats();
	expect(after.hits - before.hits, 3);
	expect(after.refreshes - before.refreshes, 0);
	/* the host takes the page: whoever holds the mapping is told */
	madvise(a, 2 * PAGE, MADV_DONTNEED);
	after = stats();
	expect(after.invalidates - before.invalidates, 1);
	expect(word(a + PAGE + 16), 0);
	expect(do_op(WAYS_MAP_ADD, 16, 1, 0, NULL), 0);
	expect(word(a + PAGE + 16), 1);
	/* the slot goes, and comes back on other memory */
	expect(slot(0, GPA, 0, NULL, 0), 0);
	expect(do_op(WAYS_MAP_ADD, 16, 1, 0, NULL), -EFAULT);
	expect(slot(0, GPA, 2 * PAGE, b, 0), 0);
	expect(do_op(WAYS_MAP_ADD, 16, 5, 0, NULL), 0);
	expect(word(b + PAGE + 16), 5);
	expect(word(a + PAGE + 16), 1);
	/* nothing to write to */
	mprotect(b, 2 * PAGE, PROT_READ);
	expect(do_op(WAYS_MAP_ADD, 16, 1, 0, NULL), -EFAULT);
	mprotect(b, 2 * PAGE, PROT_READ | PROT_WRITE);
	expect(do_op(WAYS_MAP_ADD, 16, 1, 0, NULL), 0);
	expect(word(b + PAGE + 16), 6);
	expect(do_op(WAYS_UNMAP, 0, 0, 0, NULL), 0);
	after = stats();
	expect(after.maps, after.unmaps);
	expect(slot(0, GPA, 0, NULL, 0), 0);
}

/* A page that is used in guest mode: where its slot is by now, and not where there is none. */
static void guest(void)
{
	unsigned char *a = map(PAGE), *b = map(PAGE);
	struct ways_op op = { .at = 8, .len = 3 };

	expect(call(WAYS_GUEST_ADD, &op), -EINVAL);
	expect(do_op(WAYS_GUEST_KEEP, GPA, 0, 0, NULL), -EFAULT);
	expect(slot(0, GPA, PAGE, a, 0), 0);
	expect(do_op(WAYS_GUEST_KEEP, GPA, 0, 0, NULL), 0);
	expect(call(WAYS_GUEST_ADD, &op), 0);
	expect(op.val > 0, true);
	expect(word(a + 8), op.val);
	expect(slot(0, GPA, 0, NULL, 0), 0);
	expect(call(WAYS_GUEST_ADD, &op), -EFAULT);
	expect(op.val, 0);
	expect(slot(0, GPA, PAGE, b, 0), 0);
	expect(call(WAYS_GUEST_ADD, &op), 0);
	expect(op.val > 0, true);
	expect(word(b + 8), op.val);
	expect(do_op(WAYS_GUEST_DROP, 0, 0, 0, NULL), 0);
	expect(call(WAYS_GUEST_ADD, &op), -EINVAL);
	expect(slot(0, GPA, 0, NULL, 0), 0);
}

/* A VM that goes with its range kept, its page mapped and its slots there. */
static void left_behind(void)
{
	unsigned char *a = map(BLOCK);

	fd = open("/dev/tabula-ways", O_RDWR | O_CLOEXEC);
	expect(slot(0, GPA, BLOCK, a, 0), 0);
	expect(do_op(WAYS_HVA_INIT, GPA, 64, 0, NULL), 0);
	expect(do_op(WAYS_MAP, GPA, 0, 0, NULL), 0);
	expect(do_op(WAYS_GUEST_KEEP, GPA, 0, 0, NULL), 0);
	munmap(a, BLOCK);
	expect(do_op(WAYS_MAP_ADD, 0, 1, 0, NULL), -EFAULT);
	expect(do_op(WAYS_HVA_ADD, 0, 1, 8, NULL), -EFAULT);
	expect(do_op(WAYS_GUEST_ADD, 0, 2, 0, NULL), -EFAULT);
	close(fd);
}

/* Storm: two writers in the kernel, two in guest mode, one here, one who moves, one who takes slots away. */

#define HVA_AT	(17 * PAGE + 8)		/* of the block: the kept range's counter */
#define MAP_AT	(17 * PAGE + 64)	/* the mapped page's, in the same page */
#define OWN_AT	(17 * PAGE + 128)	/* this program's */
#define GUEST_AT	(17 * PAGE + 256)	/* those of the two in guest mode, a line apart */

static unsigned char *block;
static volatile bool over;
static uint64_t hva_done, map_done, own_done, guest_done[2], guest_kicked, faults;
static volatile uint64_t moves;

static void storm_note(long ret)
{
	if (ret == -EFAULT)		/* the slot is away */
		__atomic_add_fetch(&faults, 1, __ATOMIC_RELAXED);
	else
		expect(ret, 0);
}

static void *hva_writer(void *arg)
{
	while (!over) {
		struct ways_op op = { .at = HVA_AT, .len = 50, .width = 8 };

		storm_note(call(WAYS_HVA_ADD, &op));
		hva_done += op.val;
	}
	return arg;
}

static void *map_writer(void *arg)
{
	while (!over) {
		struct ways_op op = { .at = MAP_AT, .len = 50 };

		storm_note(call(WAYS_MAP_ADD, &op));
		map_done += op.val;
	}
	return arg;
}

static void *guest_writer(void *arg)
{
	unsigned int i = (uintptr_t)arg;

	while (!over) {
		struct ways_op op = { .at = GUEST_AT + 64 * i, .len = 50 };

		storm_note(call(WAYS_GUEST_ADD, &op));
		guest_done[i] += op.val;
		__atomic_add_fetch(&guest_kicked, op.width, __ATOMIC_RELAXED);
	}
	return arg;
}

static void *own_writer(void *arg)
{
	for (; !over; own_done++)
		__atomic_add_fetch((uint64_t *)(block + OWN_AT), 1, __ATOMIC_RELAXED);
	return arg;
}

/* From node to node, into a huge page and out of it, and other permissions. */
static void *mover(void *arg)
{
	void *page = block + 17 * PAGE;
	int node = 0, status = -1;
	unsigned int i;

	for (i = 0; !over; i++) {
		node ^= 1;
		if (!syscall(SYS_move_pages, 0, 1UL, &page, &node, &status, 2 /* MPOL_MF_MOVE */) &&
		    status == node)
			moves++;
		if (i % 4 == 1)
			madvise(block, BLOCK, 25 /* MADV_COLLAPSE */);
		if (i % 4 == 3) {
			mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
			mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		}
		usleep(300);
	}
	return arg;
}

static void *slot_taker(void *arg)
{
	while (!over) {
		usleep(2000);
		expect(slot(0, GPA, 0, NULL, 0), 0);
		expect(slot(0, GPA, BLOCK, block, 0), 0);
	}
	return arg;
}

static void storm(void)
{
	void *(*const who[])(void *) = {
		guest_writer, guest_writer, hva_writer, map_writer, own_writer, mover, slot_taker,
	};
	const unsigned int n = sizeof(who) / sizeof(who[0]);
	pthread_t t[n];
	struct ways_stats s;
	unsigned int i;

	block = (void *)(((uintptr_t)map(2 * BLOCK) + BLOCK - 1) & ~(BLOCK - 1));
	madvise(block, BLOCK, MADV_HUGEPAGE);
	memset(block, 0, BLOCK);
	expect(slot(0, GPA, BLOCK, block, 0), 0);
	expect(do_op(WAYS_HVA_INIT, GPA, BLOCK, 0, NULL), 0);
	expect(do_op(WAYS_MAP, GPA + 17 * PAGE, 0, 0, NULL), 0);
	expect(do_op(WAYS_GUEST_KEEP, GPA + 17 * PAGE, 0, 0, NULL), 0);
	for (i = 0; i < n; i++)
		pthread_create(&t[i], NULL, who[i], (void *)(uintptr_t)i);
	/* longer where the server is slow, so that there was a storm */
	for (i = 0; i < MOST_SECONDS && (i < STORM_SECONDS || moves < 10 || stats().kicks < 10); i++)
		sleep(1);
	over = true;
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	expect(word(block + HVA_AT), hva_done);
	expect(word(block + MAP_AT), map_done);
	expect(word(block + OWN_AT), own_done);
	expect(word(block + GUEST_AT), guest_done[0]);
	expect(word(block + GUEST_AT + 64), guest_done[1]);
	s = stats();
	printf("# %lu by the kept range, %lu by the mapped page, %lu by the program; the page moved %lu times\n",
	       (long)hva_done, (long)map_done, (long)own_done, (long)moves);
	printf("# %lu and %lu in guest mode, kicked out %llu times, %lu of them seen\n", (long)guest_done[0],
	       (long)guest_done[1], s.kicks, (long)guest_kicked);
	printf("# kept pages: %llu hits, %llu misses, %llu refreshes, %llu waits, %llu again, %llu taken away\n",
	       s.hits, s.misses, s.refreshes, s.waits, s.agains, s.invalidates);
	printf("# kept range: %llu hits, %llu misses; the slot was away %lu times\n", s.hva_hits, s.hva_misses,
	       (long)faults);
	expect(hva_done > 500 && map_done > 500 && moves > 5, true);
	expect(guest_done[0] > 500 && guest_done[1] > 500 && s.kicks > 5, true);
	expect(s.invalidates > 10 && s.hva_misses > 10 && s.refreshes > 10, true);
}

int main(int argc, char **argv)
{
	fd = open("/dev/tabula-ways", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/tabula-ways");
		return 2;
	}
	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "hva"))
		hva();
	if (!strcmp(argv[1], "map"))
		mapped();
	if (!strcmp(argv[1], "guest"))
		guest();
	if (!strcmp(argv[1], "left"))
		left_behind();
	if (!strcmp(argv[1], "storm"))
		storm();
	return bad;
}
