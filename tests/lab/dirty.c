// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: KVM API 4.8 (KVM_GET_DIRTY_LOG), 4.117 (KVM_CLEAR_DIRTY_LOG).
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
	uint64_t i, page;

	switch (what) {
	case WHAT_WRITE:
		/* arg: bitmap of 64 pages, from page (arg's high byte) * 64 on; 0: reads all */
		for (i = 0; i < PAGES && !arg; i++)
			read64(AT + (i << 12));
		for (i = 0; i < 32; i++)
			if (arg >> i & 1)
				write64(AT + (((arg >> 32) + i) << 12) + 8 * i, arg);
		break;
	case WHAT_SEQUENCE:
		/* a number to one page after the other, for ever; the number last written to RAM's end */
		for (i = 1;; i++) {
			page = i * STRIDE_PAGES % PAGES;
			write64(AT + (page << 12), i);
			write64(GUEST_RAM + 0x200000, i);
			if (!(i % 512))
				guest_say(PORT_TEST, i);
		}
	}
	return 0;
}

#else

enum { MANUAL = 1, INITIALLY_SET = 2, HUGE = 4, MMU = 8, SPLIT = 16 };

static uint8_t *memory(bool huge)
{
	uint8_t *p = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p = (uint8_t *)(((uintptr_t)p + SIZE - 1) & ~(SIZE - 1));
	madvise(p, SIZE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	memset(p, 0, SIZE);
	return p;
}

static void get_log(struct vmm *v, uint64_t *map)
{
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = map };

	memset(map, 0x5a, PAGES / 8);
	expect_result(ioctl(v->vm, KVM_GET_DIRTY_LOG, &log), 0);
}

static int clear_log(struct vmm *v, uint64_t first, uint32_t n, uint64_t *map)
{
	struct kvm_clear_dirty_log log = { .slot = 1, .first_page = first, .num_pages = n, .dirty_bitmap = map };

	return result(ioctl(v->vm, KVM_CLEAR_DIRTY_LOG, &log));
}

static void expect_map(const uint64_t *map, unsigned int word, uint64_t want, const char *when)
{
	unsigned int i;

	for (i = 0; i < PAGES / 64; i++)
		expect(map[i] == (i == word ? want : 0), "%s: pages from %u on: %#lx, not %#lx", when, i * 64, (long)map[i],
		       i == word ? (long)want : 0);
}

static void enable(struct vmm *v, unsigned int mode)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = { 4 } };

	expect_result(ioctl(v->vm, KVM_ENABLE_CAP, &cap), -EINVAL);
	cap.args[0] = KVM_DIRTY_LOG_INITIALLY_SET;
	expect_result(ioctl(v->vm, KVM_ENABLE_CAP, &cap), -EINVAL);
	cap.args[0] = mode & (MANUAL | INITIALLY_SET);
	if (mode & MANUAL)
		expect_result(ioctl(v->vm, KVM_ENABLE_CAP, &cap), 0);
}

static int set_split(struct vmm *v, uint64_t size)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, .args = { size } };

	return result(ioctl(v->vm, KVM_ENABLE_CAP, &cap));
}

/* While there is no slot: one of the sizes that are shown, or none. */
static void split_early(struct vmm *v)
{
	expect_result(ioctl(v->sys, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES), 1 << 12 | 1 << 21 | 1 << 30);
	expect_result(ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE), 0);
	expect_result(set_split(v, 1 << 13), -EINVAL);
	expect_result(set_split(v, 3 << 20), -EINVAL);
	expect_result(set_split(v, 1 << 12), 0);
	expect_result(set_split(v, 0), 0);
	expect_result(set_split(v, 1 << 21), 0);
	expect_result(ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE), 1 << 21);
}

/* Of the only VM, on Tabula: how many blocks have become pages; else -1. */
static long blocks_split(void)
{
	FILE *f = popen("awk '$1 == \"splits\" { print $2 }' /sys/kernel/debug/tabula/*/stats 2>/dev/null", "r");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		pclose(f);
	return n;
}

/* The VMM has all blocks of a slot split before it is logged, or as it begins to clear: no write splits one. */
static void split_at_once(unsigned int mode)
{
	struct vmm_config c = { .made = split_early };
	uint64_t map[PAGES / 64];
	uint8_t *mem = memory(true);
	struct vmm v;
	long before;

	vmm_open(&v, &c);
	expect_result(set_split(&v, 0), -EINVAL);
	enable(&v, mode);
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, 0), "slot");
	vmm_go(&v, 0, GUEST_MMU | WHAT_WRITE, 0xffffffff);
	vmm_init_cpu(&v, 0, 0);
	vmm_go(&v, 0, GUEST_MMU | WHAT_WRITE, (PAGES - 32) << 32 | 0xffffffff);
	before = blocks_split();
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, KVM_MEM_LOG_DIRTY_PAGES), "the log on");
	if (mode & INITIALLY_SET) {
		expect(blocks_split() == before, "%ld split before the first clear", blocks_split() - before);
		memset(map, 0xff, sizeof(map));
		expect(!clear_log(&v, 0, 64, map), "a part");
		expect(before < 0 || blocks_split() == before + 1, "%ld split by it", blocks_split() - before);
		expect(!clear_log(&v, 0, PAGES, map), "clear all");
	}
	expect(before < 0 || blocks_split() == before + 2, "%ld of 2 blocks split", blocks_split() - before);
	vmm_init_cpu(&v, 0, 0);
	vmm_go(&v, 0, GUEST_MMU | WHAT_WRITE, 64UL << 32 | 0x80001021);
	vmm_init_cpu(&v, 0, 0);
	vmm_go(&v, 0, GUEST_MMU | WHAT_WRITE, (PAGES - 32) << 32 | 1U << 31);
	expect(before < 0 || blocks_split() == before + 2, "a write split one more");
	get_log(&v, map);
	expect(map[1] == 0x80001021 && map[PAGES / 64 - 1] == 1UL << 63, "%#lx, %#lx", (long)map[1], (long)map[PAGES / 64 - 1]);
	vmm_close(&v);
}

static void exactly(unsigned int mode)
{
	struct vmm_config c = { .made = mode & SPLIT ? split_early : NULL };
	const uint64_t all = mode & MMU ? GUEST_MMU : 0;
	uint64_t map[PAGES / 64];
	uint8_t *mem = memory(mode & HUGE);
	unsigned int i;
	struct vmm v;

	vmm_open(&v, &c);
	enable(&v, mode);
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, 0), "slot");
	vmm_go(&v, 0, all | WHAT_WRITE, 0xffffffff);	/* mapped writable, not logged */
	if (mode & MMU)
		vmm_init_cpu(&v, 0, 0);
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, KVM_MEM_LOG_DIRTY_PAGES), "the log on");
	get_log(&v, map);
	if (mode & INITIALLY_SET) {
		for (i = 0; i < PAGES / 64; i++)
			expect(!~map[i], "not initially set");
		expect(!clear_log(&v, 0, PAGES, map), "clear all");
		get_log(&v, map);
	}
	expect_map(map, 0, 0, "at first");
	vmm_go(&v, 0, all | WHAT_WRITE, 0);
	if (mode & MMU)
		vmm_init_cpu(&v, 0, 0);
	get_log(&v, map);
	expect_map(map, 0, 0, "after reads");
	vmm_go(&v, 0, all | WHAT_WRITE, 64UL << 32 | 0x80001021);
	if (mode & MMU)
		vmm_init_cpu(&v, 0, 0);
	get_log(&v, map);
	expect_map(map, 1, 0x80001021, "after writes");
	if (mode & MANUAL) {
		get_log(&v, map);
		expect_map(map, 1, 0x80001021, "before it is cleared");
		map[1] = 0x20;
		expect(clear_log(&v, 64, 63, map + 1) == -EINVAL, "63 pages");
		expect(clear_log(&v, 63, 64, map + 1) == -EINVAL, "from page 63");
		expect(clear_log(&v, PAGES, 64, map + 1) == -EINVAL, "beyond the end");
		expect(clear_log(&v, ~63UL, 64, map + 1) == -EINVAL, "wraps");
		expect(!clear_log(&v, 64, 64, map + 1), "one page");
		get_log(&v, map);
		expect_map(map, 1, 0x80001001, "after one is cleared");
		expect(!clear_log(&v, 0, PAGES, map), "the others");
	}
	get_log(&v, map);
	expect_map(map, 0, 0, "after it was taken");
	/* the same page again, and the last one */
	vmm_go(&v, 0, all | WHAT_WRITE, 64UL << 32 | 1);
	if (mode & MMU)
		vmm_init_cpu(&v, 0, 0);
	get_log(&v, map);
	expect_map(map, 1, 1, "again");
	expect(!clear_log(&v, 0, PAGES, map) || !(mode & MANUAL), "clear");
	vmm_go(&v, 0, all | WHAT_WRITE, (PAGES - 32) << 32 | 1U << 31);
	if (mode & MMU)
		vmm_init_cpu(&v, 0, 0);
	get_log(&v, map);
	expect_map(map, PAGES / 64 - 1, 1UL << 63, "the last page");
	/* off */
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, 0), "the log off");
	{
		struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = map };

		expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), -ENOENT);
		log.slot = 40000;
		expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), -EINVAL);
		expect(!vmm_slot(&v, 1, AT, SIZE, mem, KVM_MEM_LOG_DIRTY_PAGES), "the log on again");
		log.slot = 1;
		log.dirty_bitmap = (void *)8;
		expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), -EFAULT);
	}
	vmm_go(&v, 0, all | WHAT_WRITE, 0xffffffff);
	vmm_close(&v);
}

static void small(void)
{
	exactly(0);
}

static void manual(void)
{
	exactly(MANUAL);
	exactly(MANUAL | INITIALLY_SET);
}

static void huge(void)
{
	exactly(HUGE | MMU);
	exactly(HUGE | MMU | MANUAL);
	exactly(HUGE | MMU | MANUAL | INITIALLY_SET);
}

static void split(void)
{
	split_at_once(0);
	split_at_once(MANUAL | INITIALLY_SET);
	exactly(HUGE | MMU | SPLIT);
	exactly(HUGE | MMU | MANUAL | INITIALLY_SET | SPLIT);
}

static volatile bool enough;

static void *sequence(void *p)
{
	uint64_t val;

	while (!enough)
		if (vmm_event(p, 0, &val) != PORT_TEST)
			die("not a number");
	return NULL;
}

/* A copy that is kept up by the log alone is, in the end, the guest's memory. */
static void harvest(unsigned int mode)
{
	struct vmm_config c = { .made = mode & SPLIT ? split_early : NULL };
	uint64_t map[PAGES / 64], *mem = (uint64_t *)memory(mode & HUGE), *copy = calloc(1, SIZE);
	volatile uint64_t *last;
	uint64_t seen, newest, first = 0, i;
	unsigned int rounds, pages = 0;
	pthread_t t;
	struct vmm v;

	enough = false;
	vmm_open(&v, &c);
	enable(&v, mode);
	expect(!vmm_slot(&v, 1, AT, SIZE, mem, KVM_MEM_LOG_DIRTY_PAGES), "slot");
	last = (uint64_t *)(v.ram + 0x200000);
	vmm_start(&v, 0, (mode & MMU ? GUEST_MMU : 0) | WHAT_SEQUENCE, 0);
	pthread_create(&t, NULL, sequence, &v);
	for (rounds = 0; rounds < 60 || (rounds < 3000 && *last < 4000); rounds++) {
		/* all that was written up to here must be in memory that this harvest, or one before, reports */
		seen = *last;
		get_log(&v, map);
		if (mode & MANUAL && clear_log(&v, 0, PAGES, map))
			fail("KVM_CLEAR_DIRTY_LOG");
		for (i = 0; i < PAGES; i++)
			if (map[i / 64] >> i % 64 & 1) {
				memcpy((char *)copy + (i << 12), (char *)mem + (i << 12), 4096);
				pages++;
			}
		for (newest = 0, i = 0; i < PAGES; i++)
			newest = copy[i << 9] > newest ? copy[i << 9] : newest;
		expect(newest >= seen, "round %u: the copy is at %lu, the guest was at %lu", rounds, (long)newest, (long)seen);
		if (rounds == 0)
			first = seen;
		usleep(2000);
	}
	enough = true;
	pthread_join(t, NULL);
	get_log(&v, map);
	for (i = 0; i < PAGES; i++)
		if (map[i / 64] >> i % 64 & 1)
			memcpy((char *)copy + (i << 12), (char *)mem + (i << 12), 4096);
	for (i = 0; i < PAGES; i++)
		expect(copy[i << 9] == mem[i << 9], "page %lu is %lu in the copy, %lu in memory", (long)i, (long)copy[i << 9],
		       (long)mem[i << 9]);
	expect(*last > first, "the guest did not write");
	printf("# %lu writes, %u pages in %u harvests\n", (long)*last, pages, rounds);
	vmm_close(&v);
}

static void nothing_lost(void)
{
	harvest(0);
	harvest(MANUAL);
	harvest(HUGE | MMU | MANUAL | INITIALLY_SET);
	harvest(HUGE | MMU | MANUAL | INITIALLY_SET | SPLIT);
}

static const struct check checks[] = {
	{ "small", small },
	{ "manual", manual },
	{ "huge", huge },
	{ "split", split },
	{ "nothing-lost", nothing_lost },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
