// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty ring: KVM API 8.29 (KVM_CAP_DIRTY_LOG_RING_ACQ_REL), 4.94 (KVM_RESET_DIRTY_RINGS).
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_WRITE, WHAT_SEQUENCE };

#define AT		0x80000000UL	/* the logged slot */
#define PAGES		1024UL
#define SIZE		(PAGES << 12)
#define STRIDE_PAGES	37

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i;

	switch (what) {
	case WHAT_WRITE:
		/* so many pages, from page (arg's high half) on */
		for (i = 0; i < (uint32_t)arg; i++)
			write64(AT + (((arg >> 32) + i) << 12), arg);
		break;
	case WHAT_SEQUENCE:
		/* a number to one page after the other, for ever; the number last written to RAM's end */
		for (i = 1;; i++) {
			write64(AT + ((i * STRIDE_PAGES % PAGES) << 12), i);
			write64(GUEST_RAM + 0x200000, i);
			if (!(i % 512))
				guest_say(PORT_TEST, i);
		}
	}
	return 0;
}

#else

#define ENTRIES		256U
#define BYTES		(ENTRIES * sizeof(struct kvm_dirty_gfn))
/* KVM_DIRTY_LOG_PAGE_OFFSET, which older headers have as 0 */
#define RING_AT		((off_t)64 * 4096)

struct ring {
	struct kvm_dirty_gfn *entry;
	uint32_t next;
};

static int enable(struct vmm *v, unsigned int which, uint64_t arg)
{
	struct kvm_enable_cap cap = { .cap = which, .args = { arg } };

	return result(ioctl(v->vm, KVM_ENABLE_CAP, &cap));
}

static void with_ring(struct vmm *v)
{
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, BYTES), 0);
}

static uint8_t *memory(void)
{
	uint8_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 0, SIZE);
	return p;
}

static void *open_logged(struct vmm *v, struct ring *r)
{
	struct vmm_config c = { .made = with_ring };
	void *mem = memory();

	vmm_open(v, &c);
	expect(!vmm_slot(v, 1, AT, SIZE, mem, KVM_MEM_LOG_DIRTY_PAGES), "slot");
	r->next = 0;
	r->entry = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, v->cpu[0], RING_AT);
	if (r->entry == MAP_FAILED)
		die("the ring: %s", strerror(errno));
	return mem;
}

static void close_logged(struct vmm *v, struct ring *r)
{
	munmap(r->entry, BYTES);
	vmm_close(v);
}

/* Takes what is there into a bitmap of the slot's pages, and has it protected: how many entries. */
static unsigned int harvest(struct vmm *v, struct ring *r, uint64_t *map)
{
	struct kvm_dirty_gfn *e;
	unsigned int n = 0;

	memset(map, 0, PAGES / 8);
	for (;; n++) {
		e = &r->entry[r->next % ENTRIES];
		if (__atomic_load_n(&e->flags, __ATOMIC_ACQUIRE) != KVM_DIRTY_GFN_F_DIRTY)
			break;
		if (e->slot != 1 || e->offset >= PAGES)
			die("entry %u: slot %#x, offset %#llx", r->next, e->slot, e->offset);
		map[e->offset / 64] |= 1UL << e->offset % 64;
		__atomic_store_n(&e->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
		r->next++;
	}
	expect_result(ioctl(v->vm, KVM_RESET_DIRTY_RINGS), n);
	return n;
}

static void exact(void)
{
	uint64_t map[PAGES / 64];
	struct ring r;
	struct vmm v;
	unsigned int round;

	open_logged(&v, &r);
	for (round = 0; round < 3; round++) {
		vmm_go(&v, 0, WHAT_WRITE, 70UL << 32 | 20);
		vmm_go(&v, 0, WHAT_WRITE, 70UL << 32 | 20);
		expect(harvest(&v, &r, map) == 20, "round %u: not each page once", round);
		expect(map[1] == 0xfffffUL << 6, "round %u: %#lx", round, (long)map[1]);
		expect(!harvest(&v, &r, map), "round %u: told again", round);
	}
	close_logged(&v, &r);
}

static void full(void)
{
	uint64_t map[PAGES / 64];
	unsigned int total = 0, stops = 0, n;
	struct ring r;
	struct vmm v;

	open_logged(&v, &r);
	vmm_start(&v, 0, WHAT_WRITE, PAGES);
	while (!vmm_run(&v, 0) && v.run[0]->exit_reason == KVM_EXIT_DIRTY_RING_FULL) {
		/* it stays out until something was taken */
		expect(!vmm_run(&v, 0) && v.run[0]->exit_reason == KVM_EXIT_DIRTY_RING_FULL, "a full ring does not stop it");
		n = harvest(&v, &r, map);
		expect(n > ENTRIES / 2 && n < ENTRIES, "%u entries", n);
		total += n;
		stops++;
	}
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO, "exit %u", v.run[0]->exit_reason);
	total += harvest(&v, &r, map);
	/* a page may be told before its write is done, and then again */
	expect(total >= PAGES && total <= PAGES + stops && stops >= PAGES / ENTRIES, "%u entries, %u stops", total, stops);
	close_logged(&v, &r);
}

static volatile bool enough;

static void *run_on(void *p)
{
	struct vmm *v = p;

	while (!enough)
		if (vmm_run(v, 0) && errno != EINTR)
			die("KVM_RUN: %s", strerror(errno));
	return NULL;
}

static unsigned int copy_pages(uint64_t *copy, const uint64_t *mem, const uint64_t *map)
{
	unsigned int i, n = 0;

	for (i = 0; i < PAGES; i++)
		if (map[i / 64] >> i % 64 & 1) {
			memcpy(copy + (i << 9), mem + (i << 9), 4096);
			n++;
		}
	return n;
}

static void nothing_lost(void)
{
	uint64_t map[PAGES / 64], *mem, *copy = calloc(1, SIZE), seen, newest, i;
	unsigned int rounds, pages = 0;
	volatile uint64_t *last;
	struct ring r;
	pthread_t t;
	struct vmm v;

	enough = false;
	mem = open_logged(&v, &r);
	last = (uint64_t *)(v.ram + 0x200000);
	vmm_start(&v, 0, WHAT_SEQUENCE, 0);
	pthread_create(&t, NULL, run_on, &v);
	for (rounds = 0; rounds < 60 || (rounds < 3000 && *last < 4000); rounds++) {
		/* all that was written up to here is in memory that this harvest, or one before, tells of */
		seen = *last;
		harvest(&v, &r, map);
		pages += copy_pages(copy, mem, map);
		for (newest = 0, i = 0; i < PAGES; i++)
			newest = copy[i << 9] > newest ? copy[i << 9] : newest;
		expect(newest >= seen, "round %u: the copy is at %lu, the guest was at %lu", rounds, (long)newest, (long)seen);
		usleep(2000);
	}
	enough = true;
	pthread_join(t, NULL);
	while (harvest(&v, &r, map))
		pages += copy_pages(copy, mem, map);
	expect(!memcmp(copy, mem, SIZE), "the copy differs");
	expect(*last > 100, "the guest did not write");
	printf("# %lu writes, %u pages in %u harvests\n", (long)*last, pages, rounds);
	close_logged(&v, &r);
}

static void before_slots(struct vmm *v)
{
	int max = ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING_ACQ_REL);

	expect(max == 1 << 20, "%d bytes at most", max);
	expect_result(ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING), 0);
	expect_result(ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP), 1);
	expect_result(ioctl(v->vm, KVM_RESET_DIRTY_RINGS), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING, BYTES), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 0), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 1024), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 5000), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 2 * max), -E2BIG);
	with_ring(v);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, BYTES), -EINVAL);
	expect_result(enable(v, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0), 0);
	expect_result(ioctl(v->vm, KVM_RESET_DIRTY_RINGS), 0);
}

static void calls(void)
{
	struct vmm_config c = { .made = before_slots };
	struct kvm_dirty_log log = { .slot = 1 };
	uint64_t map[PAGES / 64];
	struct ring r;
	struct vmm v;
	void *p;

	vmm_open(&v, &c);
	log.dirty_bitmap = map;
	p = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, v.cpu[0], RING_AT);
	expect(p == MAP_FAILED && errno == EINVAL, "a private copy of the ring");
	p = mmap(NULL, BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, v.cpu[0], RING_AT);
	/* newer kernels execute nothing of such files, and do not ask */
	expect(p == MAP_FAILED && (errno == EINVAL || errno == EPERM), "code from the ring");
	expect_result(enable(&v, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0), -EINVAL);
	expect(!vmm_slot(&v, 1, AT, SIZE, memory(), KVM_MEM_LOG_DIRTY_PAGES), "slot");
	expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), 0);
	vmm_close(&v);
	open_logged(&v, &r);
	expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), -ENXIO);
	close_logged(&v, &r);
}

static void hostile(void)
{
	uint64_t map[PAGES / 64], x = 88172645463325252ULL;
	unsigned int i, k;
	struct ring r;
	pthread_t t;
	struct vmm v;
	int ret;

	enough = false;
	open_logged(&v, &r);
	vmm_start(&v, 0, WHAT_SEQUENCE, 0);
	pthread_create(&t, NULL, run_on, &v);
	for (i = 0; i < 500; i++) {
		for (k = 0; k < BYTES / 8; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			((volatile uint64_t *)r.entry)[k] = k & 1 ? x >> (x & 63) : (x & 0x3ffffffffULL);
		}
		ret = result(ioctl(v.vm, KVM_RESET_DIRTY_RINGS));
		expect(ret >= 0 && ret <= (int)ENTRIES, "KVM_RESET_DIRTY_RINGS says %d", ret);
	}
	enough = true;
	/* all that may still be in it */
	for (k = 0; k < ENTRIES; k++)
		r.entry[k].flags = KVM_DIRTY_GFN_F_RESET;
	ioctl(v.vm, KVM_RESET_DIRTY_RINGS);
	pthread_join(t, NULL);
	close_logged(&v, &r);
	/* another VM finds all in order */
	open_logged(&v, &r);
	vmm_go(&v, 0, WHAT_WRITE, 5);
	expect(harvest(&v, &r, map) == 5, "what was written is not told");
	close_logged(&v, &r);
}

static const struct check checks[] = {
	{ "exact", exact },
	{ "full", full },
	{ "nothing-lost", nothing_lost },
	{ "calls", calls },
	{ "hostile", hostile },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
